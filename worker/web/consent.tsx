/** An app asks to be let in, in the browser tab that it opened: the owner reads who it is and what it wants, and says yes or no. */
import { Hono } from "hono";
import type { Context } from "hono";

import { destinationOf, OUT_OF_BAND, withAnswer } from "../model/redirect-uri.ts";
import { IDENTITY } from "../model/scopes.ts";
import { allow, consider, type Asked, type Request } from "../owner/grants.ts";
import { asksPassword, PasswordField, unconfirmed } from "./confirm.tsx";
import { Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { problemPage } from "./problem.tsx";
import { ScopeList } from "./scope-words.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

const FORM_MAX = 32_768;

/** As every page's, but for `form-action`: Chromium holds what comes after a form to it as well, and where an app goes on is not ours to list. */
const LEADS_OUT =
  "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; frame-ancestors 'none'";

export const consentPages = new Hono<WebEnv>();

/** toot asks with a slash at the end. */
const PATHS = ["/oauth/authorize", "/oauth/authorize/"];

consentPages.on("GET", PATHS, ownerOnly, async (c) => {
  const considered = await consider(
    c.var.ctx,
    askedIn((name) => c.req.query(name) ?? ""),
  );
  return considered.kind === "unfit" ? refusal(considered.problem) : consentPage(c, considered.request, {});
});

/** The whole request comes again with the answer, and is held against what the app registered again. */
consentPages.on("POST", PATHS, ownerOnly, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  const { ctx } = c.var;
  const considered = await consider(
    ctx,
    askedIn((name) => form.raw(name)),
  );
  if (considered.kind === "unfit") return refusal(considered.problem);
  const { request } = considered;
  const { redirectUri } = request;
  const state: Record<string, string> = request.state === "" ? {} : { state: request.state };
  if (form.raw("answer") !== "allow") {
    if (redirectUri === OUT_OF_BAND) return seeOther("/apps");
    const error_description = "The owner said no.";
    return seeOther(withAnswer(redirectUri, { error: "access_denied", error_description, ...state }));
  }
  const wrong = request.scopes.includes(IDENTITY) ? await unconfirmed(c, form) : null;
  if (wrong) return consentPage(c, request, wrong);
  const code = await allow(ctx, request);
  return redirectUri === OUT_OF_BAND
    ? codePage(request, code)
    : seeOther(withAnswer(redirectUri, { code, ...state }));
});

function askedIn(read: (name: string) => string): Asked {
  return {
    responseType: read("response_type"),
    clientId: read("client_id"),
    redirectUri: read("redirect_uri"),
    scope: read("scope"),
    state: read("state"),
    challenge: read("code_challenge"),
    challengeMethod: read("code_challenge_method"),
  };
}

const refusal = (problem: string): Response =>
  problemPage(400, "This app can not be let in.", `${problem} Nothing was told to it.`);

async function consentPage(
  c: Context<WebEnv>,
  request: Request,
  { status = 200, problem }: { status?: number; problem?: string },
): Promise<Response> {
  const { app, scopes } = request;
  const { handle, handleDomain } = c.var.ctx.stead;
  const asks = scopes.includes(IDENTITY) && (await asksPassword(c));
  return page({
    status,
    title: `Let ${app.name} in?`,
    headers: { "content-security-policy": LEADS_OUT },
    body: (
      <>
        <h1>
          Let <bdi>{app.name}</bdi> in?
        </h1>
        <p class="soft">{`You are @${handle}@${handleDomain}.`}</p>
        <Problem text={problem ?? null} />
        <form method="post" action="/oauth/authorize" class="card">
          <p>
            The app calls itself <bdi class="name">{app.name}</bdi>
            {app.website !== null && (
              <>
                {" "}
                and names <bdi>{app.website}</bdi> as its page
              </>
            )}
            , and any app can call itself so. <Leads uri={request.redirectUri} />
          </p>
          <p>It will be able to:</p>
          <ScopeList scopes={scopes} />
          <Asking request={request} />
          <PasswordField asks={asks} />
          <button name="answer" value="allow">
            Let it in
          </button>{" "}
          <button name="answer" value="deny" class="quiet" formnovalidate>
            No
          </button>
        </form>
        <p class="small soft">
          You can end this at any time under <a href="/apps">Apps</a>.
        </p>
      </>
    ),
  });
}

/** The one thing that can be relied on: where the yes goes. */
function Leads({ uri }: { uri: string }) {
  const to = destinationOf(uri);
  switch (to.kind) {
    case "site":
      return (
        <>
          Your yes goes to the website <strong>{to.host}</strong>. Only go on if that is where you come from.
        </>
      );
    case "installed-app":
      return (
        <>
          Your yes goes to an app on this device that opens <strong>{to.scheme}:</strong> links. Only go on if
          you were just signing in there.
        </>
      );
    case "this-device":
      return <>Your yes goes to a program that runs on this device now.</>;
    case "copied":
      return (
        <>
          Your yes is a code that you copy into the app yourself. <strong>Never</strong> give it to a person
          or a website that asked for it.
        </>
      );
  }
}

/** What was asked, carried along unseen. */
function Asking({ request }: { request: Request }) {
  const fields: Record<string, string> = {
    response_type: "code",
    client_id: String(request.app.id),
    redirect_uri: request.redirectUri,
    scope: request.scopes.join(" "),
    state: request.state,
    ...(request.challenge === null
      ? {}
      : { code_challenge: request.challenge, code_challenge_method: "S256" }),
  };
  return (
    <>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    </>
  );
}

/** In no address, so that it is in no history. */
function codePage({ app }: Request, code: string): Response {
  return page({
    title: "Your code",
    body: (
      <>
        <h1>Your code</h1>
        <p>
          Copy it into <bdi class="name">{app.name}</bdi> within a minute. It works once.
        </p>
        <p class="card">
          <code class="handle">{code}</code>
        </p>
      </>
    ),
  });
}
