/** RFC 7033 (WebFinger) and RFC 6415 (host-meta): how the owner is found from a handle. */
import { beforeAll, describe, expect, it } from "vitest";

import { addOldHandle, removeOldHandle } from "../../worker/moving/old-handles.ts";
import { bind } from "../../worker/objects/bindings.ts";
import { claim } from "../../worker/owner/claim.ts";
import { changeDomains } from "../../worker/owner/domains.ts";
import { ACTOR, emptyStead, env, ORIGIN, PASSWORD, Stead } from "../fediverse/stead.ts";
import type { Doc } from "../fediverse/peer.ts";

let stead: Stead;

const find = (resource: string, origin = ORIGIN) =>
  stead.fetch(`${origin}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`);

describe("WebFinger", () => {
  beforeAll(async () => {
    stead = await Stead.claimed();
  });

  it.each([
    "acct:me@me.test",
    "acct:@me@me.test",
    "me@me.test",
    "@me@me.test",
    "ACCT:Me@ME.test",
    ACTOR,
    `${ORIGIN}/@me`,
  ])("knows the owner as %s, and says the canonical handle", async (resource) => {
    const answer = await find(resource);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/jrd+json; charset=utf-8");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    const jrd = (await answer.json()) as { subject: string; aliases: string[]; links: Doc[] };
    expect(jrd.subject).toBe("acct:me@me.test");
    expect(jrd.aliases).toEqual([ACTOR, `${ORIGIN}/@me`]);
    expect(jrd.links).toContainEqual({ rel: "self", type: "application/activity+json", href: ACTOR });
    expect(jrd.links).toContainEqual({
      rel: "http://webfinger.net/rel/profile-page",
      type: "text/html",
      href: `${ORIGIN}/@me`,
    });
    expect(jrd.links.filter((link) => "template" in link)).toEqual([
      {
        rel: "http://ostatus.org/schema/1.0/subscribe",
        template: `${ORIGIN}/authorize_interaction?uri={uri}`,
      },
      { rel: "https://w3id.org/fep/3b86/Follow", template: `${ORIGIN}/authorize_interaction?uri={object}` },
      { rel: "https://w3id.org/fep/3b86/Object", template: `${ORIGIN}/authorize_interaction?uri={object}` },
    ]);
  });

  it.each([
    "acct:somebody@me.test",
    "acct:me@other.test",
    "acct:me@me.test.evil.test",
    "acct:me",
    "@me",
    `${ORIGIN}/@somebody`,
    "https://other.test/actor",
    "mailto:me@me.test",
    "acct:me@me.test@me.test",
    "💥",
  ])("knows nobody as %s", async (resource) => {
    const answer = await find(resource);
    expect(answer.status).toBe(404);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  });

  it.each(["", "?resource=", "?rel=self"])("wants a resource (RFC 7033 §4.2): %s", async (query) => {
    expect((await stead.fetch(`/.well-known/webfinger${query}`)).status).toBe(400);
  });

  it("answers whatever Accept says, with `rel` asked for, and with 304 to the ETag", async () => {
    const url = `/.well-known/webfinger?resource=acct:me@me.test&rel=self`;
    for (const accept of ["application/jrd+json, application/json", "text/html", "application/xrd+xml"]) {
      expect((await stead.fetch(url, { headers: { accept } })).status).toBe(200);
    }
    const etag = (await stead.fetch(url)).headers.get("etag")!;
    expect((await stead.fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  it("is not answered for the stead's other doors by a foreign host", async () => {
    expect((await find("acct:me@me.test", "https://other.test")).status).toBe(421);
  });

  it("is answered on the domains the owner listed, and nothing else is", async () => {
    expect(await changeDomains(await stead.ctx(), ["alias.test"])).toBeNull();
    for (const resource of ["acct:me@alias.test", "acct:me@me.test", ACTOR]) {
      const answer = await find(resource, "https://alias.test");
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({ subject: "acct:me@me.test" });
    }
    expect((await stead.fetch("https://alias.test/.well-known/host-meta")).status).toBe(200);
    expect((await stead.fetch("https://alias.test/actor")).status).toBe(421);
    expect((await stead.fetch("https://alias.test/inbox", { method: "POST", body: "{}" })).status).toBe(421);
    expect((await find("acct:me@alias.test")).status).toBe(404);
  });
});

describe("an old handle on a domain of the owner's", () => {
  beforeAll(async () => {
    stead = await Stead.claimed();
    await changeDomains(await stead.ctx(), ["old.test"]);
    expect(await addOldHandle(await stead.ctx(), "@Anna@OLD.test")).toBeNull();
  });

  it.each([
    ["acct:anna@old.test", ORIGIN],
    ["acct:Anna@Old.Test", ORIGIN],
    ["@anna@old.test", ORIGIN],
    ["acct:anna@old.test", "https://old.test"],
  ])("is found as %s on %s, and the subject is the handle of today", async (resource, origin) => {
    const answer = await find(resource, origin);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    const jrd = (await answer.json()) as { subject: string; links: Doc[] };
    expect(jrd.subject).toBe("acct:me@me.test");
    expect(jrd.links).toContainEqual({ rel: "self", type: "application/activity+json", href: ACTOR });
  });

  it.each(["acct:bob@old.test", "acct:anna@me.test", "acct:anna@old.test.evil.test", "anna", "acct:anna@"])(
    "does not make anybody of %s",
    async (resource) => {
      expect((await find(resource)).status).toBe(404);
    },
  );

  it("keeps its domain from being taken away, and is forgotten when it is removed", async () => {
    const ctx = await stead.ctx();
    expect(await changeDomains(ctx, ["other.test"])).toContain("@anna@old.test");
    await removeOldHandle(ctx, "anna@old.test");
    expect((await find("acct:anna@old.test")).status).toBe(404);
    expect(await changeDomains(ctx, ["other.test"])).toBeNull();
  });
});

describe("host-meta", () => {
  beforeAll(async () => {
    stead = await Stead.claimed();
  });

  it("is XRD that names WebFinger by its template: Mastodon asks it when WebFinger says 404", async () => {
    const answer = await stead.fetch("/.well-known/host-meta");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/xrd+xml; charset=utf-8");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(await answer.text()).toContain(
      '<Link rel="lrdd" template="https://me.test/.well-known/webfinger?resource={uri}"/>',
    );
  });

  it.each([
    ["/.well-known/host-meta.json", {}],
    ["/.well-known/host-meta", { accept: "application/json" }],
  ])("is JSON for who wants JSON: %s", async (path, headers) => {
    const answer = await stead.fetch(path, { headers });
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(await answer.json()).toEqual({
      links: [
        {
          rel: "lrdd",
          type: "application/jrd+json",
          template: "https://me.test/.well-known/webfinger?resource={uri}",
        },
      ],
    });
  });
});

describe("a handle whose domain is not the stead's host", () => {
  beforeAll(async () => {
    await emptyStead();
    stead = new Stead();
    const bound = await bind(env, () => {});
    if (bound.kind !== "unclaimed") throw new Error(bound.kind);
    const base = { ...bound.base, settings: { ...bound.base.settings, handleDomain: "handle.test" } };
    await claim(base, ORIGIN, { handle: "me", name: "Me", password: PASSWORD });
  });

  it.each([
    ["acct:me@handle.test", "https://handle.test"],
    ["acct:me@handle.test", ORIGIN],
    ["acct:me@me.test", ORIGIN],
  ])("is found as %s on %s, and is @me@handle.test everywhere", async (resource, origin) => {
    const answer = await find(resource, origin);
    expect(answer.status).toBe(200);
    const jrd = (await answer.json()) as { subject: string; links: Doc[] };
    expect(jrd.subject).toBe("acct:me@handle.test");
    expect(jrd.links).toContainEqual({ rel: "self", type: "application/activity+json", href: ACTOR });
  });

  it("says so in the actor, and its host-meta leads to the stead", async () => {
    expect((await stead.getJson("/actor"))["webfinger"]).toBe("me@handle.test");
    const answer = await stead.fetch("https://handle.test/.well-known/host-meta");
    expect(await answer.text()).toContain("https://me.test/.well-known/webfinger?resource={uri}");
  });
});
