/** How the stead is found: WebFinger (RFC 7033), host-meta (RFC 6415), NodeInfo, and feeds. */
import { Hono } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { VERSION } from "../kernel/version.ts";
import { places } from "../model/places.ts";
import { documentQuery, loadDocument, type StoredDocument } from "../store/documents.ts";
import { countPublicPosts } from "../store/posts.ts";
import { ownerQuery } from "../store/stead.ts";
import { feeds } from "./feeds.ts";
import { document } from "./respond.ts";
import type { SteadEnv } from "./stead-env.ts";

export const discovery = new Hono<SteadEnv>();

discovery.route("/", feeds);

const CORS = { "access-control-allow-origin": "*" };

discovery.get("/.well-known/webfinger", async (c) => {
  const { ctx } = c.var;
  const resource = c.req.query("resource");
  if (!resource) return c.json({ error: "resource is missing" }, 400, CORS);
  const stored = names(resource, ctx.stead, new URL(c.req.url).host)
    ? await loadDocument(ctx.db, "webfinger")
    : await documentOfOldHandle(ctx, resource);
  if (!stored) return c.json({ error: "nobody of that name" }, 404, CORS);
  const response = document(c, stored.body, stored.etag, "application/jrd+json; charset=utf-8");
  response.headers.set("access-control-allow-origin", "*");
  return response;
});

/** `acct:` on the handle's domain, the stead's host or the host that was asked; the actor's id; the profile page. */
function names(
  resource: string,
  stead: { origin: string; actor: string; handle: string; handleDomain: string },
  asked: string,
): boolean {
  if (resource === stead.actor || resource === places.profile(stead.origin, stead.handle)) return true;
  const [user, host] = handleIn(resource) ?? [];
  const hosts = [stead.handleDomain, new URL(stead.origin).host, asked];
  return user === stead.handle.toLowerCase() && host !== undefined && hosts.includes(host);
}

/**
 * The same document for a handle the owner had before: its subject is the canonical handle, and who asked goes on with that. Old domains
 * send their WebFinger here, so the host asked says nothing. 1 D1 call; none for what is no handle.
 */
async function documentOfOldHandle(ctx: Ctx, resource: string): Promise<StoredDocument | null> {
  const handle = handleIn(resource);
  if (handle === null) return null;
  const [[owner], [stored]] = await ctx.db.batch([ownerQuery(ctx.db), documentQuery(ctx.db, "webfinger")]);
  return stored && owner?.handles.includes(handle.join("@")) ? stored : null;
}

/** User and host of `acct:user@host`, lower case; null for what is none. */
function handleIn(resource: string): [user: string, host: string] | null {
  const [, user, host] = /^(?:acct:)?@?([^@]+)@([^@]+)$/i.exec(resource) ?? [];
  return user === undefined || host === undefined ? null : [user.toLowerCase(), host.toLowerCase()];
}

discovery.get("/.well-known/host-meta", (c) => {
  const template = `${c.var.ctx.stead.origin}/.well-known/webfinger?resource={uri}`;
  if (c.req.header("accept")?.includes("application/json")) return hostMetaJson(template);
  const xrd = `<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">
  <Link rel="lrdd" template="${template}"/>
</XRD>
`;
  return new Response(xrd, {
    headers: { ...CORS, "content-type": "application/xrd+xml; charset=utf-8", "cache-control": "no-cache" },
  });
});

discovery.get("/.well-known/host-meta.json", (c) => {
  return hostMetaJson(`${c.var.ctx.stead.origin}/.well-known/webfinger?resource={uri}`);
});

function hostMetaJson(template: string): Response {
  const body = { links: [{ rel: "lrdd", type: "application/jrd+json", template }] };
  return Response.json(body, { headers: { ...CORS, "cache-control": "no-cache" } });
}

/** Phanpy and Tuba read 2.0 only, others want 2.1. */
discovery.get("/.well-known/nodeinfo", (c) => {
  const links = ["2.0", "2.1"].map((version) => ({
    rel: `http://nodeinfo.diaspora.software/ns/schema/${version}`,
    href: `${c.var.ctx.stead.origin}/nodeinfo/${version}`,
  }));
  return c.json({ links }, 200, CORS);
});

discovery.get("/nodeinfo/:version{2\\.[01]}", async (c) => {
  const version = c.req.param("version");
  const homepage = version === "2.1" ? { repository: "https://github.com/fedistead/fedistead" } : {};
  const body = {
    version,
    software: { name: "fedistead", version: VERSION, ...homepage },
    protocols: ["activitypub"],
    services: { inbound: [], outbound: [] },
    openRegistrations: false,
    usage: {
      users: { total: 1, activeMonth: 1, activeHalfyear: 1 },
      localPosts: await countPublicPosts(c.var.ctx.db),
    },
    // What megalodon and others go by who ask which API this speaks: without it they know no such server.
    metadata: { upstream: { name: "mastodon" } },
  };
  const schema = `http://nodeinfo.diaspora.software/ns/schema/${version}#`;
  return new Response(JSON.stringify(body), {
    headers: {
      ...CORS,
      "content-type": `application/json; profile="${schema}"; charset=utf-8`,
      "cache-control": "no-cache",
    },
  });
});
