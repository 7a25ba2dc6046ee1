/**
 * For those whom no move can bring along: they follow by themselves, from where they are. The server of a visitor is asked once where
 * it follows; their handle is in no table and no log of ours.
 */
import { Hono } from "hono";
import type { Context } from "hono";
import { renderSVG } from "uqr";

import { places } from "../model/places.ts";
import { renderedProfile } from "../owner/render.ts";
import { readAccount, wayToFollow, type Account } from "../peers/follow-template.ts";
import { noteTry, tooMany, type TryLimits } from "../store/attempts.ts";
import { documentQuery } from "../store/documents.ts";
import type { Profile } from "../vocab/actor.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { fromHere, type WebEnv } from "./session.ts";

/** Servers asked: enough for the hour in which somebody with many readers moves; 1,200 rows at most. */
const LIMITS: TryLimits = { fromOne: 10, everywhere: 600 };
const FORM_MAX = 16_384;

export const followMePages = new Hono<WebEnv>();

/** 1 D1 call. */
followMePages.get("/follow", (c) => followPage(c, {}));

/** 3 D1 calls, 2 rows and one look at the visitor's server. */
followMePages.post("/follow", fromHere, async (c) => {
  const form = await readForm(c.req.raw, FORM_MAX);
  if (form instanceof Response) return form;
  const { ctx } = c.var;
  const typed = form.text("account").trim();
  const account = readAccount(typed);
  if (account === null)
    return followPage(c, { typed, problem: "Write your account like @you@example.social." });
  if (account.host === new URL(ctx.stead.origin).host || account.host === ctx.stead.handleDomain)
    return followPage(c, { typed, problem: "That is the account on this page. Write your own." });
  const from = c.req.header("cf-connecting-ip") ?? "";
  if (await tooMany(ctx, "follow", from, LIMITS)) {
    const problem = "Too many servers were asked in this hour. You can still follow by hand, as below.";
    return followPage(c, { typed, problem, status: 429 });
  }
  await noteTry(ctx, "follow", from);
  const way = await wayToFollow(ctx, account, ctx.stead.actor);
  const byHand = "You can still follow by hand, as below.";
  switch (way.kind) {
    case "way":
      return goOnPage(c, account, way);
    case "no-way":
      return followPage(c, { typed, problem: `${account.host} does not say where it follows. ${byHand}` });
    case "unknown-account":
      return followPage(c, {
        typed,
        problem: `${account.host} knows no ${account.user}. Is it written right?`,
      });
    case "no-server":
      return followPage(c, { typed, problem: `${account.host} is no server in the fediverse.` });
    case "no-answer":
      return followPage(c, { typed, problem: `${account.host} did not answer as it should. ${byHand}` });
  }
});

/** Of the profile page. Origin and handle never change. */
followMePages.get("/follow.svg", (c) => {
  const { origin, handle } = c.var.ctx.stead;
  return new Response(renderSVG(places.profile(origin, handle), { ecc: "M", border: 4 }), {
    headers: {
      "content-type": "image/svg+xml",
      "cache-control": "public, max-age=86400",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    },
  });
});

async function profileOf(c: Context<WebEnv>): Promise<Profile> {
  const [document] = await documentQuery(c.var.ctx.db, "profile");
  return renderedProfile(document);
}

/** A link and not a redirect: the visitor sees where they are sent before they go. */
async function goOnPage(c: Context<WebEnv>, account: Account, way: { url: string; host: string }) {
  const { name } = await profileOf(c);
  return page({
    title: `Go on to ${way.host}`,
    body: (
      <>
        <h1>Go on to {way.host}</h1>
        <p>
          You are sent to{" "}
          {way.host === account.host
            ? "your server"
            : `${way.host}, which ${account.host} names as its server`}
          . Sign in there if it asks, and confirm that you follow <bdi>{name}</bdi>.
        </p>
        <p>
          <a class="button" href={way.url} rel="noopener noreferrer">
            Go on to {way.host}
          </a>
        </p>
        <p class="soft">
          Is this not your server? <a href="/follow">Go back</a> and write your account again.
        </p>
      </>
    ),
  });
}

interface Shown {
  readonly typed?: string;
  readonly problem?: string;
  readonly status?: number;
}

async function followPage(c: Context<WebEnv>, { typed, problem, status = 422 }: Shown): Promise<Response> {
  const profile = await profileOf(c);
  const { origin, handle, handleDomain, name } = profile;
  const home = places.profile(origin, handle);
  return page({
    title: `Follow ${name}`,
    status: problem === undefined ? 200 : status,
    open: problem === undefined,
    body: (
      <>
        <h1>
          Follow <bdi>{name}</bdi>
        </h1>
        <Problem text={problem ?? null} />
        <form method="post" action="/follow" class="card">
          <Field
            label="Your account in the fediverse"
            name="account"
            hint="Such as @you@example.social. Your server is asked where to go on; your account is not kept here."
            value={typed ?? ""}
            autocomplete="off"
            maxlength={500}
            required
          />
          <button>Find my server</button>
        </form>
        <h2>By hand</h2>
        <p>Copy this and search for it in your app, or on your server:</p>
        <p>
          <span class="handle">
            @{handle}@{handleDomain}
          </span>
        </p>
        <p>
          If your browser knows a fediverse app, it may{" "}
          <a href={home.replace(/^https?:/, "web+ap:")}>open it for you</a>. On a phone, scan this:
        </p>
        <p>
          <img src="/follow.svg" width={180} height={180} alt={`QR code of ${home}`} />
        </p>
        <Elsewhere profile={profile} />
      </>
    ),
  });
}

/** How far one gets from each network, said plainly. */
function Elsewhere({ profile }: { profile: Profile }) {
  const { handle, handleDomain } = profile;
  // How Bridgy Fed writes handles on Bluesky, where a name takes no underscore.
  const bridged = `${handle}.${handleDomain}.ap.brid.gy`.replaceAll("_", "-").toLowerCase();
  return (
    <>
      <h2>From elsewhere</h2>
      <dl class="fields">
        <dt>Mastodon and its kin</dt>
        <dd>
          Any server of the fediverse follows as above: Mastodon, Misskey, Akkoma, GoToSocial, Friendica and
          many more. Posts reach you there, and you can answer.
        </dd>
        <dt>Threads</dt>
        <dd>
          Search there for{" "}
          <code>
            @{handle}@{handleDomain}
          </code>
          , written exactly so. It works only when you have turned on sharing to the fediverse in your
          settings there, and what you answer may not arrive.
        </dd>
        <dt>Bluesky</dt>
        <dd>
          Only if this account is bridged by Bridgy Fed: then it is{" "}
          <a href={`https://bsky.app/profile/${bridged}`} rel="noopener noreferrer">
            @{bridged}
          </a>{" "}
          there. If that page shows nobody, it is not bridged.
        </dd>
        <dt>A feed reader</dt>
        <dd>
          <a href="/feed.atom">Atom</a>, <a href="/feed.rss">RSS</a> or <a href="/feed.json">JSON Feed</a>:
          every public post, no account needed.
        </dd>
        <dt>X, Instagram, TikTok</dt>
        <dd>
          These do not follow anybody outside of themselves. Take the feed, or an account on any server of the
          fediverse.
        </dd>
      </dl>
    </>
  );
}
