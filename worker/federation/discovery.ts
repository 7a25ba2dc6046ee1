/** How the stead is found: WebFinger (RFC 7033), host-meta (RFC 6415) and NodeInfo. */
import { Hono } from "hono";

import { VERSION } from "../kernel/version.ts";
import { places } from "../model/places.ts";
import { loadDocument } from "../store/documents.ts";
import { countPublicPosts } from "../store/posts.ts";
import { document } from "./respond.ts";
import type { SteadEnv } from "./stead-env.ts";

export const discovery = new Hono<SteadEnv>();

const CORS = { "access-control-allow-origin": "*" };

discovery.get("/.well-known/webfinger", async (c) => {
  const { ctx } = c.var;
  const resource = c.req.query("resource");
  if (!resource) return c.json({ error: "resource is missing" }, 400, CORS);
  if (!names(resource, ctx.stead, new URL(c.req.url).host))
    return c.json({ error: "nobody of that name" }, 404, CORS);
  const stored = await loadDocument(ctx.db, "webfinger");
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
  const match = /^(?:acct:)?@?([^@]+)@([^@]+)$/i.exec(resource);
  if (!match) return false;
  const [, user, host] = match as unknown as [string, string, string];
  const hosts = [stead.handleDomain, new URL(stead.origin).host, asked];
  return user.toLowerCase() === stead.handle.toLowerCase() && hosts.includes(host.toLowerCase());
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
    metadata: {},
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
