/** Signing in with the password, out again, and back in with the secret. */
import { Hono } from "hono";
import type { Context } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { PASSWORD_MIN } from "../kernel/password.ts";
import { checkSecret, recover, signIn, signOut } from "../owner/sign-in.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page, SecretProblem } from "./layout.tsx";
import { problemPage } from "./problem.tsx";
import { fromHere, noCookie, seeOther, sessionCookie, sessionOf, tokenOf, type WebEnv } from "./session.ts";

const FORM_MAX = 16_384;
const HOUR_SECONDS = "3600";

export const signInPages = new Hono<WebEnv>();

signInPages.get("/login", async (c) => {
  const next = pathIn(c.req.query("next") ?? "");
  if (await sessionOf(c)) return seeOther(next);
  return loginPage(c, { next });
});

signInPages.post("/login", fromHere, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  const { ctx } = c.var;
  const next = pathIn(form.raw("next"));
  if (ctx.stead.dataKey === null) return loginPage(c, { next, status: 503 });
  const signedIn = await signIn(ctx, form.raw("password"), addressOf(c));
  switch (signedIn.kind) {
    case "signed-in":
      return seeOther(next, { "set-cookie": sessionCookie(ctx, signedIn.token) });
    case "wrong":
      return loginPage(c, { next, status: 403, problem: "This is not the password." });
    case "too-many":
      return loginPage(c, { next, status: 429, problem: "Too many wrong passwords. Try again in an hour." });
  }
});

signInPages.post("/logout", fromHere, async (c) => {
  const token = tokenOf(c);
  if (token) await signOut(c.var.ctx, token);
  return seeOther("/login", { "set-cookie": noCookie(c.var.ctx) });
});

signInPages.get("/recover", (c) => recoverPage(c, {}));

signInPages.post("/recover", fromHere, async (c) => {
  const { ctx } = c.var;
  if (ctx.stead.dataKey === null) return recoverPage(c, { status: 503 });
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  switch (await checkSecret(ctx, "recover", form.raw("secret"), addressOf(c))) {
    case "wrong":
      return recoverPage(c, { status: 403, problem: "This is not the secret of this stead." });
    case "too-many":
      return recoverPage(c, { status: 429, problem: "Too many wrong secrets. Try again in an hour." });
    case "right":
      break;
  }
  const problem = await recover(ctx, form.raw("password"));
  if (problem) return recoverPage(c, { status: 422, problem });
  return seeOther("/login?recovered", { "set-cookie": noCookie(ctx) });
});

/** Whoever asks, as Cloudflare saw them; a client can not write this header itself. */
export const addressOf = (c: Context<WebEnv>): string => c.req.header("cf-connecting-ip") ?? "";

/** A path of ours to go on to; the home page for anything else, so that no link can lead through here to another site. */
function pathIn(next: string): string {
  const base = "https://here.invalid";
  const url = /^\/[^/\\]/.test(next) ? URL.parse(next, base) : null;
  return url?.origin === base ? url.pathname + url.search : "/home";
}

/** For password managers; a stead has one name. */
function Username({ ctx }: { ctx: Ctx }) {
  return (
    <input type="text" name="username" autocomplete="username" value={ctx.stead.handle} readonly hidden />
  );
}

interface Shown {
  readonly status?: number;
  readonly problem?: string;
  readonly next?: string;
}

function loginPage(c: Context<WebEnv>, { status = 200, problem, next = "/home" }: Shown): Response {
  const { ctx } = c.var;
  const notice =
    c.req.query("claimed") !== undefined
      ? "The stead is yours. Sign in with the password you chose."
      : c.req.query("recovered") !== undefined
        ? "The new password is set, and every session was ended. Sign in with it."
        : null;
  return page({
    status,
    title: "Sign in",
    headers: status === 429 ? { "retry-after": HOUR_SECONDS } : {},
    body: (
      <>
        <h1>Sign in</h1>
        <p class="soft">
          @{ctx.stead.handle}@{ctx.stead.handleDomain}
        </p>
        {ctx.stead.dataKey === null && <SecretProblem ctx={ctx} />}
        {notice && <p class="note">{notice}</p>}
        <Problem text={problem ?? null} />
        <form method="post" action="/login" class="card">
          <input type="hidden" name="next" value={next} />
          <Username ctx={ctx} />
          <Field label="Password" name="password" type="password" autocomplete="current-password" required />
          <button>Sign in</button>
        </form>
        <p class="small">
          <a href="/recover">I lost my password</a>
        </p>
      </>
    ),
  });
}

function recoverPage(c: Context<WebEnv>, { status = 200, problem }: Shown): Response {
  const { ctx } = c.var;
  if (c.req.query("secret") !== undefined || c.req.query("password") !== undefined) {
    return problemPage(400, "A secret does not belong in an address.", "Send it in the form instead.");
  }
  return page({
    status,
    title: "Set a new password",
    headers: status === 429 ? { "retry-after": HOUR_SECONDS } : {},
    body: (
      <>
        <h1>Set a new password</h1>
        <p>With the secret of your stead, INSTANCE_SECRET. It signs everybody out, you and your apps too.</p>
        {ctx.stead.dataKey === null && <SecretProblem ctx={ctx} />}
        <Problem text={problem ?? null} />
        <form method="post" action="/recover" class="card">
          <Username ctx={ctx} />
          <Field label="Secret" name="secret" type="password" autocomplete="off" required />
          <Field
            label="New password"
            name="password"
            type="password"
            autocomplete="new-password"
            hint={`At least ${PASSWORD_MIN} characters.`}
            required
          />
          <button>Set the password</button>
        </form>
      </>
    ),
  });
}
