/** Groups C and D: what is no activity, what has two meanings, and what is too large, is refused before anything recurses into it. */
import { beforeAll, describe, expect, it } from "vitest";

import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { createOf, naming, storedPost } from "./cast.ts";
import { cavage } from "./forge.ts";
import { refused, stillServes } from "./refused.ts";

let stead: Stead;
let eve: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  eve = await stead.peer("eve", "evil.test");
  await stead.followedBy(eve);
});

const follow = (fields: Doc = {}) => ({ ...eve.activity("Follow", { object: ACTOR }), ...fields });
const nest = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);
/** A Follow whose field `x` holds this text as it stands. */
const withText = (json: string) => JSON.stringify(follow({ x: "@" })).replace('"@"', json);

describe("C: what can not be read as an activity is 400, and nothing leaves", () => {
  const texts: [string, () => string][] = [
    ["C1: half an object", () => "{"],
    ["nothing", () => ""],
    ["C2: a list", () => "[]"],
    ["C2: a list of one good Follow", () => JSON.stringify([follow()])],
    ["C2: null", () => "null"],
    ["C2: a number", () => "1"],
    ["C2: a text", () => '"x"'],
    ["C2: true", () => "true"],
    ["an empty object", () => "{}"],
    ["two documents", () => `${JSON.stringify(follow())}${JSON.stringify(follow())}`],
    ["a byte order mark, so that two readers can not differ", () => `\uFEFF${JSON.stringify(follow())}`],
    ["a NUL byte", () => `${JSON.stringify(follow())}\0`],
    ["JSON with a comment", () => `/**/${JSON.stringify(follow())}`],
    ["JSON with a trailing comma", () => JSON.stringify(follow()).replace(/\}$/, ",}")],
    ["XML", () => "<follow/>"],
    ["a form", () => "type=Follow&actor=me"],
    ["not a number", () => withText("NaN")],
    ["D4: 33 levels", () => withText(nest(33, "[", "]"))],
    ["D4: 5,000 levels", () => withText(nest(5_000, '{"a":', "}").replace("}", "1}"))],
    ["D4: 100,000 levels", () => withText(nest(100_000, "[", "]"))],
    ["D5: 100,000 recipients", () => withText(`[${Array(100_000).fill('"a"').join()}]`)],
    [
      "D6: 10,001 nodes",
      () =>
        withText(
          `[${Array(20)
            .fill(`[${Array(600).fill(0).join()}]`)
            .join()}]`,
        ),
    ],
    ["a text of 200,001 characters", () => withText(`"${"x".repeat(200_001)}"`)],
  ];
  it.each(texts)("%s", async (_, text) => {
    await refused(stead, await cavage(eve, text()), 400);
  });

  const fields: [string, Doc][] = [
    ["C8: no object", { object: undefined }],
    ["C8: null as its object", { object: null }],
    ["C8: a number as its object", { object: 7 }],
    ["C8: a number beyond every number as its object", { object: 1e308 }],
    ["C8: a boolean as its object", { object: false }],
    ["C8: 1,000 objects", { object: Array(1_000).fill(ACTOR) }],
    ["C8: two objects, one of them us", { object: [ACTOR, "https://a.test/users/alice"] }],
    ["C11: its meaning in @graph", { "@graph": [{ type: "Undo" }] }],
    ["C11: its meaning in @included", { "@included": [{ type: "Undo" }] }],
    ["C11: its meaning in @reverse", { "@reverse": { object: {} } }],
    ["C11: @nest deep inside", { object: { id: ACTOR, a: { b: [{ "@nest": {} }] } } }],
    ["C11: a context that imports another", { "@context": { "@import": "https://evil.test/c" } }],
    ["C15: 50 contexts", { "@context": Array.from({ length: 50 }, (_, n) => `https://evil.test/c/${n}`) }],
    ["no actor", { actor: undefined }],
    ["two actors", { actor: ["https://evil.test/users/eve", "https://a.test/users/alice"] }],
    ["an actor that is no IRI", { actor: "eve@evil.test" }],
    ["an actor that is a script", { actor: "javascript:alert(1)" }],
    ["an actor with a space", { actor: "https://evil.test/users/eve x" }],
    ["an actor with a NUL", { actor: "https://evil.test/users/eve\0" }],
    ["an actor of 3 KB", { actor: `https://evil.test/${"e".repeat(3_000)}` }],
    ["no type", { type: undefined }],
    ["a number as its type", { type: 1 }],
    ["an id that is no IRI", { id: "1" }],
    ["an id that is a number", { id: 1 }],
    ["an id with a NUL", { id: "https://evil.test/1\0" }],
    ["an id in a script", { id: "data:,1" }],
    ["an id on our own origin", { id: `${ORIGIN}/follows/1` }],
    ["an id on another port", { id: "https://evil.test:8443/1" }],
  ];
  it.each(fields)("a Follow with %s", async (_, change) => {
    await refused(stead, await cavage(eve, follow(change)), 400);
  });

  it("bytes that are no UTF-8, which two readers would repair differently", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(follow({ x: "ab" })));
    bytes.set([0xed, 0xa0], bytes.length - 4);
    const { headers } = await cavage(eve, "{}");
    const request = new Request(`${ORIGIN}/inbox`, { method: "POST", headers, body: bytes });
    await refused(stead, () => stead.fetch(request), 400);
  });
});

describe("C: JSON-LD is read by its plain terms, so a context is never fetched and a proof inside never believed", () => {
  it.each([
    ["C10: an unknown context", { "@context": "https://evil.test/context" }],
    [
      "C10: a context of its own that gives `type` another name",
      { "@context": { type: "https://evil.test/t" } },
    ],
    [
      "an unknown `proof`",
      { proof: { type: "DataIntegrityProof", verificationMethod: "https://evil.test/k" } },
    ],
  ])("%s is left alone, and the Follow means what it says", async (name, change) => {
    const one = await stead.peer(`ld${name.length}`, "ld.test");
    await stead.fetch(await cavage(one, { ...one.activity("Follow", { object: ACTOR }), ...change }));
    await stead.settle();
    expect(one.received("Accept")).toHaveLength(1);
    expect(stead.world.unexpected).toEqual([]);
  });

  it.each([
    [
      "C14: a Linked Data signature",
      "signature",
      { type: "RsaSignature2017", creator: "https://a.test/users/a#k" },
    ],
    [
      "C16: a data integrity proof",
      "proof",
      { type: "DataIntegrityProof", verificationMethod: "https://a.test/k" },
    ],
  ])("%s does not stand in for the signature of the request", async (_, name, value) => {
    const body = follow({ [name]: { ...value, signatureValue: "AAAA", proofValue: "zAAAA" } });
    await refused(stead, await cavage(eve, body, { headers: { signature: null } }), 401);
  });

  it("a key that is written twice counts once: as its last, and for the signature too", async () => {
    const alice = await stead.peer("alice");
    const body = JSON.stringify(follow({ actor: "@", id: undefined }));
    const twice = (first: string, last: string) => body.replace('"@"', `"${first}","actor":"${last}"`);
    await refused(stead, await cavage(eve, twice(eve.id, alice.id)), 401);
    const before = await stead.followers();
    expect((await stead.fetch(await cavage(eve, twice(alice.id, eve.id)))).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).toEqual(before);
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "then"])(
    "a field named %s is a field like any other",
    async (name) => {
      const value = `{"actor":"https://a.test/users/alice","object":"${ACTOR}","type":"Follow"}`;
      const empty = JSON.stringify({ "@context": "x", type: "Follow" }).replace(
        /\}$/,
        `,"${name}":${value}}`,
      );
      await refused(stead, await cavage(eve, empty), 400);
      const note = JSON.stringify(createOf(eve, naming(eve, { x: "@" })));
      const post = JSON.parse(note) as { object: Doc };
      await stead.fetch(await cavage(eve, note.replace('"x":"@"', `"${name}":${value}`)));
      expect(await storedPost(post.object["id"])).toMatchObject({ html: "<p>Hello</p>" });
    },
  );
});

describe("values at the edge are taken, and change nothing but the post they are in", () => {
  const edges: [string, Doc][] = [
    ["a lone surrogate", { content: "<p>\ud800</p>", summary: "\udfff" }],
    ["NUL characters", { content: "<p>a\0b</p>", summary: "\0", name: "\0" }],
    ["text that turns around", { content: "<p>\u202eevil</p>", summary: "\u202e" }],
    ["a time before all times", { published: "-271821-04-20T00:00:00Z" }],
    ["a time after all times", { published: "+275760-09-13T00:00:00Z", updated: "9999-12-31T23:59:59Z" }],
    ["the first moment of 1970", { published: "1970-01-01T00:00:00Z" }],
    [
      "numbers where texts belong",
      { published: 1e300, content: 7, summary: [], tag: 3, url: {}, attachment: 1 },
    ],
    ["lists where texts belong", { content: [["x"]], summary: { a: 1 }, name: [null], contentMap: ["x"] }],
    ["nulls", { content: null, summary: null, tag: [null], attachment: [null], url: [null], cc: null }],
    ["itself as what it answers", { inReplyTo: "https://evil.test/self" }],
    ["900 mentions", { tag: Array(900).fill({ type: "Mention", href: "https://a.test/users/alice" }) }],
    [
      "links to scripts",
      { url: "javascript:alert(1)", attachment: [{ url: "data:text/html,x", mediaType: "x" }] },
    ],
    ["SQL", { content: "'); DROP TABLE posts; --", summary: "' OR 1=1 --" }],
  ];
  it.each(edges)("%s", async (_, change) => {
    const note = naming(eve, change);
    eve.host.documents.set("/self", {
      ...note,
      id: "https://evil.test/self",
      inReplyTo: "https://evil.test/self",
    });
    expect((await stead.fetch(await cavage(eve, createOf(eve, note)))).status).toBe(202);
    await stead.settle();
    expect(await storedPost(note["id"])).not.toBeNull();
    const page = await stead.fetch("/@me", { headers: { accept: "text/html" } });
    expect(page.status).toBeLessThan(500);
    await stillServes(stead);
  });

  it("10,000 mentions are too many nodes, so it is 400 and not 10,000 rows", async () => {
    const tag = Array(10_000).fill({ type: "Mention", href: ACTOR });
    await refused(stead, await cavage(eve, createOf(eve, naming(eve, { tag }))), 400);
  });

  it("more posts of one moment than it has numbers are all kept, and none is a fault of ours", async () => {
    const published = "2020-01-01T00:00:00Z";
    const from = Date.parse(published) * 1_000;
    const fill = Array.from({ length: 1_001 }, (_, n) =>
      env.DB.prepare(
        "INSERT INTO posts (id, iri, author, html, visibility, received_at) VALUES (?, ?, 1, '', 'public', 0)",
      ).bind(from + n, `https://fill.test/${n}`),
    );
    await env.DB.batch(fill);
    for (let n = 0; n < 2; n++) {
      const note = naming(eve, { published });
      expect((await stead.fetch(await cavage(eve, createOf(eve, note)))).status).toBe(202);
      expect(await storedPost(note["id"])).not.toBeNull();
    }
  });
});

describe("D: size", () => {
  const MIB = 1_048_576;
  const send = (body: BodyInit, headers: Record<string, string> = {}) => {
    const type = { "content-type": "application/activity+json", ...headers };
    return () => stead.fetch(new Request(`${ORIGIN}/inbox`, { method: "POST", body, headers: type }));
  };
  const endless = () => {
    let sent = 0;
    return new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent++ < 32) controller.enqueue(new Uint8Array(65_536).fill(32));
        else controller.close();
      },
    });
  };

  it("D1: a declared length of 2 MiB is 413", async () => {
    await refused(stead, send(" ".repeat(2 * MIB)), 413);
  });
  it("D2: 2 MiB in chunks, whose length nobody declared, is 413", async () => {
    await refused(stead, send(endless()), 413);
  });
  it("one byte more than 1 MiB is 413", async () => {
    await refused(stead, send(" ".repeat(MIB + 1)), 413);
  });
  it.each(["gzip", "br", "deflate", "zstd", "identity, gzip", "x"])(
    "D7: content-encoding %s is 415",
    async (encoding) => {
      await refused(stead, send("{}", { "content-encoding": encoding }), 415);
    },
  );
  it.each([
    "text/html",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/jsonx",
    "",
  ])("content type `%s` is 415", async (type) => {
    await refused(stead, send("{}", { "content-type": type }), 415);
  });
  it.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s on an inbox is 405", async (method) => {
    await refused(stead, () => stead.fetch(new Request(`${ORIGIN}/inbox`, { method })), 405);
  });
  it.each(["/actor/inbox/x", "/inbox/..%2f", "//inbox", "/users/me/inbox"])(
    "POST %s is 404",
    async (path) => {
      await refused(
        stead,
        () => stead.fetch(new Request(`${ORIGIN}${path}`, { method: "POST", body: "{}" })),
        404,
      );
    },
  );
  it("a POST under another name than ours is 421, because the signature was for us", async () => {
    const request = new Request("https://other.test/inbox", { method: "POST", body: "{}" });
    await refused(stead, () => stead.fetch(request), 421);
  });
  it("100 KB of headers that nobody needs are not kept with the mail", async () => {
    const one = await stead.peer("headers", "headers.test");
    const headers = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`junk-${n}`, "j".repeat(10_000)]),
    );
    await refused(stead, await cavage(one, one.activity("Follow", { object: ACTOR }), { headers }), 400);
  });
  it("a Follow of 900 KB is no Follow of anybody's: it would be kept for as long as the follower", async () => {
    const one = await stead.peer("fat", "fat.test");
    const junk = Array.from({ length: 5 }, () => "f".repeat(180_000));
    await refused(stead, await cavage(one, one.activity("Follow", { object: ACTOR, junk })), 413);
  });
  it("1 MB that grows when it is written down is kept like any other mail", async () => {
    const one = await stead.peer("quotes", "quotes.test");
    const note = naming(one, { x: Array.from({ length: 5 }, () => '"'.repeat(100_000)) });
    expect((await stead.fetch(await cavage(one, createOf(one, note)))).status).toBe(202);
    await stead.settle();
    expect(await storedPost(note["id"])).not.toBeNull();
  });
  it("D8: an actor document of 50 MB is cut at 1 MiB", async () => {
    const one = await stead.peer("bomb", "bomb.test");
    let read = 0;
    one.host.get = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            read += 65_536;
            if (read <= 50_000_000) controller.enqueue(new Uint8Array(65_536).fill(32));
            else controller.close();
          },
        }),
        { headers: { "content-type": "application/activity+json" } },
      );
    await refused(stead, await cavage(one, one.activity("Follow", { object: ACTOR })), 202, { outbound: 1 });
    expect(read).toBeLessThan(2 * MIB);
  });
});
