/**
 * Addresses that apps made for Mastodon open on the owner's server: each leads to the page of ours that fits. Which app opens which: the official
 * ones, Ice Cubes and Elk have `/auth/edit` and `/settings/*` in their menus.
 */
import { Hono } from "hono";
import type { Context } from "hono";

import { PRIVACY } from "../model/privacy.ts";
import { OWNER } from "../model/post.ts";
import { threadAround } from "../store/backfill.ts";
import { page } from "./layout.tsx";
import { idIn } from "./parts.tsx";
import { seeOther, sessionOf, type WebEnv } from "./session.ts";

export const appAddresses = new Hono<WebEnv>();

/** The longest that fits, first. What is below one of them that ends in a slash leads there too. */
const PAGES: readonly (readonly [path: string, ours: string])[] = [
  ["/auth/edit", "/settings"],
  ["/auth/sign_in", "/login"],
  ["/auth/password/new", "/recover"],
  ["/auth/sign_up", "/"],
  ["/oauth/authorized_applications", "/apps"],
  ["/settings/applications", "/apps"],
  ["/settings/migration", "/move/out"],
  ["/settings/aliases", "/move/point"],
  ["/settings/import", "/move/list"],
  ["/settings/imports", "/move/list"],
  ["/settings/", "/settings"],
  ["/about/more", "/"],
  ["/about", "/"],
];

for (const [path, ours] of PAGES)
  appAddresses.get(path.endsWith("/") ? `${path}*` : path, () => seeOther(ours));

appAddresses.get("/privacy-policy", () =>
  page({
    title: "Privacy",
    open: true,
    body: (
      <>
        <h1>Privacy</h1>
        {PRIVACY.sentences.map((sentence) => (
          <p>{sentence}</p>
        ))}
      </>
    ),
  }),
);

/** What somebody shares from another app or page. Nothing is said before the owner presses the button. */
appAddresses.get("/share", (c) => {
  const { title, text, url } = c.req.query();
  const parts = [title, text, url].filter((part) => part !== undefined && part.trim() !== "");
  const typed = [...new Set(parts)].join("\n").slice(0, SHARED_MAX);
  return seeOther(`/write?${new URLSearchParams({ text: typed }).toString()}`);
});

/** An address may be so long, however much is shared. */
const SHARED_MAX = 4_000;

/** `@user@host`: the owner may follow them. */
appAddresses.get("/:at{@[^/@]+@[^/]+}", (c) => toAccount(c.req.param("at")));

/** A post by the number that apps know it by; a post of somebody else is shown to the owner alone. */
appAddresses.get("/:at{@[^/]+}/:id{[0-9]+}", (c, next) => toPost(c, c.req.param("id"), next));

/** Mastodon's older web app. */
appAddresses.get("/web/statuses/:id{[0-9]+}", (c, next) => toPost(c, c.req.param("id"), next));
appAddresses.get("/web/timelines/tag/:tag", (c) =>
  seeOther(`/tags/${encodeURIComponent(c.req.param("tag"))}`),
);
appAddresses.get("/web/notifications", () => seeOther("/notifications"));
appAddresses.get("/web/:at{@.+}", (c) => {
  const [at = "", id = ""] = c.req.param("at").split("/");
  return seeOther(idIn(id) === null ? `/${encodeURI(at)}` : `/${encodeURI(at)}/${id}`);
});
appAddresses.get("/web", () => seeOther("/home"));
appAddresses.get("/web/*", () => seeOther("/home"));

const toAccount = (uri: string): Response =>
  seeOther(`/authorize_interaction?${new URLSearchParams({ uri }).toString()}`);

async function toPost(c: Context<WebEnv>, id: string, next: () => Promise<void>): Promise<Response | void> {
  const number = idIn(id);
  const opened = number === null ? null : await threadAround(c.var.ctx.db, number);
  if (!opened) return next();
  if (opened.post.author === OWNER) return seeOther(`/posts/${opened.post.id}`);
  return (await sessionOf(c)) ? toAccount(opened.post.iri) : next();
}
