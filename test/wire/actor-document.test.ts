/** ActivityPub §4.1: the owner's actor, as every peer must be able to read it. */
import { beforeAll, describe, expect, it } from "vitest";

import { changeProfile } from "../../worker/owner/profile.ts";
import { currentProfile, renderProfile } from "../../worker/owner/render.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { updateOwner } from "../../worker/store/stead.ts";
import type { Iri } from "../../worker/kernel/brand.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc } from "../fediverse/peer.ts";

const JSON_LD = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"';

let stead: Stead;
let actor: Doc;
beforeAll(async () => {
  stead = await Stead.claimed();
  actor = await stead.getJson("/actor");
});

const get = (path: string, headers: Record<string, string> = { accept: "application/activity+json" }) =>
  stead.fetch(path, { headers });

async function withAliases(aliases: Iri[]): Promise<unknown> {
  const ctx = await stead.ctx();
  const { statements } = await renderProfile(ctx.db, await currentProfile(ctx, { aliases }), ctx.clock());
  await runBatch(ctx.db, [updateOwner(ctx.db, { aliases }), ...statements]);
  return (await stead.getJson("/actor"))["alsoKnownAs"];
}

describe("the actor document", () => {
  it("has what ActivityPub §4.1 asks for, on its own origin, with no handle in any id", () => {
    expect(actor).toMatchObject({
      id: ACTOR,
      type: "Person",
      inbox: `${ACTOR}/inbox`,
      outbox: `${ACTOR}/outbox`,
      followers: `${ACTOR}/followers`,
      following: `${ACTOR}/following`,
      featured: `${ACTOR}/featured`,
      featuredTags: `${ACTOR}/tags`,
      liked: `${ACTOR}/liked`,
      endpoints: { sharedInbox: `${ORIGIN}/inbox` },
      preferredUsername: "me",
      name: "Me",
      url: `${ORIGIN}/@me`,
      manuallyApprovesFollowers: false,
    });
    expect(actor).not.toHaveProperty("movedTo");
    expect(actor["published"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("says its handle, so that nobody has to guess it (FEP-2c59)", () => {
    expect(actor["webfinger"]).toBe("me@me.test");
  });

  it("has one RSA key in PEM, named as snac needs it, and the Ed25519 key as FEP-521a says", () => {
    expect(actor["publicKey"]).toEqual({
      id: `${ACTOR}#main-key`,
      owner: ACTOR,
      publicKeyPem: expect.stringMatching(
        /^-----BEGIN PUBLIC KEY-----\n[\w+/=\n]+-----END PUBLIC KEY-----\n?$/,
      ),
    });
    expect(actor["assertionMethod"]).toEqual([
      {
        id: `${ACTOR}#ed25519-key`,
        type: "Multikey",
        controller: ACTOR,
        publicKeyMultibase: expect.stringMatching(/^z6Mk/),
      },
    ]);
  });

  it("lists its aliases as an array, however many: Pixelfed counts them, Pleroma refuses the document otherwise", async () => {
    const [one, two] = ["https://old.test/users/me", "https://older.test/users/me"] as Iri[];
    expect(actor["alsoKnownAs"]).toEqual([]);
    expect(await withAliases([one!])).toEqual([one]);
    expect(await withAliases([one!, two!])).toEqual([one, two]);
    expect(await withAliases([])).toEqual([]);
  });

  it("has terms for all it says, from contexts that every JSON-LD reader has at hand", () => {
    const contexts = actor["@context"] as unknown[];
    expect(contexts.slice(0, 3)).toEqual([
      "https://www.w3.org/ns/activitystreams",
      "https://w3id.org/security/v1",
      "https://w3id.org/security/multikey/v1",
    ]);
    const terms = Object.keys(contexts[3] as Doc);
    expect(terms).toEqual(
      expect.arrayContaining(["alsoKnownAs", "movedTo", "featured", "featuredTags", "webfinger"]),
    );
  });

  it("shows the profile's fields and bio as sanitised HTML", async () => {
    const change = {
      name: "Me & you",
      bio: "I am **bold** <script>",
      fields: [["Web", "https://example.test"]] as [string, string][],
      locked: true,
      avatar: null,
      header: null,
    };
    expect(await changeProfile(await stead.ctx(), change)).toBeNull();
    const changed = await stead.getJson("/actor");
    expect(changed).toMatchObject({ name: "Me & you", manuallyApprovesFollowers: true });
    expect(changed["summary"]).toContain("<strong>bold</strong> &lt;script&gt;");
    expect(changed["attachment"]).toEqual([
      { type: "PropertyValue", name: "Web", value: expect.stringContaining('href="https://example.test') },
    ]);
  });
});

describe("asking for the actor", () => {
  it.each([
    ["application/activity+json"],
    [JSON_LD],
    [`${JSON_LD}, application/activity+json`],
    ["application/json"],
    ["application/activity+json, application/ld+json;q=0.9, text/html;q=0.1"],
    ["*/*"],
    [""],
  ])("with Accept: %s gives the document, without a redirect", async (accept) => {
    const answer = await get("/actor", accept === "" ? {} : { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/activity+json; charset=utf-8");
    expect(await answer.json()).toMatchObject({ id: ACTOR });
  });

  it("with a browser's Accept leads to the page", async () => {
    const answer = await get("/actor", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("location")).toBe(`${ORIGIN}/@me`);
  });

  it("ignores unknown query strings, for Pixelfed appends ?cb=; the id stays without", async () => {
    const answer = await get("/actor?cb=1795323810");
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ id: ACTOR });
  });

  it("is never answered from a shared cache, and costs no body when nothing changed", async () => {
    const first = await get("/actor");
    expect(first.headers.get("cache-control")).toBe("no-cache");
    expect(first.headers.get("vary")?.toLowerCase()).toContain("accept");
    const etag = first.headers.get("etag")!;
    for (const sent of [etag, etag.replace(/^W\//, ""), `"other", ${etag}`, "*"]) {
      const again = await get("/actor", { accept: "application/activity+json", "if-none-match": sent });
      expect(again.status).toBe(304);
      expect(await again.text()).toBe("");
      expect(again.headers.get("etag")).toBe(etag);
    }
    const other = await get("/actor", { accept: "application/activity+json", "if-none-match": '"other"' });
    expect(other.status).toBe(200);
  });

  it("has a new ETag after a change", async () => {
    const before = (await get("/actor")).headers.get("etag");
    await withAliases(["https://old.test/users/me" as Iri]);
    expect((await get("/actor")).headers.get("etag")).not.toBe(before);
  });

  it("is answered to unsigned and to badly signed requests alike: two strict servers would wait for each other", async () => {
    const answer = await get("/actor", { accept: "application/activity+json", signature: 'keyId="x"' });
    expect(answer.status).toBe(200);
  });

  it("works by HEAD, and by the profile's address as a machine asks it", async () => {
    const head = await stead.fetch("/actor", { method: "HEAD", headers: { accept: JSON_LD } });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect((await stead.getJson("/@me"))["id"]).toBe(ACTOR);
  });

  it("under another host is refused to machines, and leads people home", async () => {
    const machine = await get("https://other.test/actor");
    expect(machine.status).toBe(421);
    const person = await get("https://other.test/actor?x=1", { accept: "text/html" });
    expect([person.status, person.headers.get("location")]).toEqual([308, `${ORIGIN}/actor?x=1`]);
  });
});
