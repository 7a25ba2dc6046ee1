/** Group A: who signs, what is signed, and when. */
import { beforeAll, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { cavage, rfc9421, type Forged } from "./forge.ts";
import { refused } from "./refused.ts";

let stead: Stead;
let eve: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  eve = await stead.peer("eve", "evil.test");
});

let newcomers = 0;
/** Somebody nobody has heard of, on a server of their own: what one row makes of a server is no matter of the next. */
const newcomer = () => stead.peer(`new${++newcomers}`, `evil${newcomers}.test`);

const MINUTE = 60_000;
/** Right in itself, and not what was signed. */
const ALTERED = JSON.stringify({
  id: "https://evil.test/x",
  type: "Follow",
  actor: "https://evil.test/users/eve",
  object: ACTOR,
});
const at = (ms: number) => new Date(Date.now() + ms).toUTCString();
const seconds = (ms: number) => Math.floor((Date.now() + ms) / 1_000);
const follow = (peer: FakePeer) => peer.activity("Follow", { object: ACTOR });

type Row = [name: string, forged: Forged];

describe("a good signature is taken, because a guard that refuses everybody would pass every other row", () => {
  const good: [string, (peer: FakePeer) => Promise<Request>][] = [
    ["A1: draft-cavage", (peer) => cavage(peer, follow(peer))],
    ["A2: hs2019", (peer) => cavage(peer, follow(peer), { algorithm: "hs2019" })],
    ["A3: RFC 9421", (peer) => rfc9421(peer, follow(peer))],
    [
      "A17: a clock 59 min fast",
      (peer) => cavage(peer, follow(peer), { headers: { date: at(59 * MINUTE) } }),
    ],
    [
      "RFC 9421 by authority and path",
      (peer) => rfc9421(peer, follow(peer), { covers: ["@method", "@authority", "@path", "content-digest"] }),
    ],
  ];
  it.each(good)("%s", async (name, request) => {
    const peer = await stead.peer(name.replace(/\W/g, "").toLowerCase(), "good.test");
    expect((await stead.fetch(await request(peer))).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).toContain(peer.id);
    expect(peer.received("Accept")).toHaveLength(1);
  });
});

describe("draft-cavage that covers too little or the wrong thing is 401, before any key is looked for", () => {
  const rows: Row[] = [
    ["A4: no signature at all", { headers: { signature: null } }],
    ["A4: an empty signature", { headers: { signature: "" } }],
    ["A5: no digest header", { headers: { digest: null }, covers: ["(request-target)", "host", "date"] }],
    ["A6: the digest is not signed", { covers: ["(request-target)", "host", "date"] }],
    ["A7: another body than the one that was signed", { body: ALTERED }],
    ["A8: the host is not signed", { covers: ["(request-target)", "date", "digest"] }],
    [
      "A8: another host is signed and sent",
      { headers: { host: "other.test" }, signs: { host: "other.test" } },
    ],
    ["A9: the target is not signed", { covers: ["host", "date", "digest"] }],
    ["the date is not signed, so it never gets old", { covers: ["(request-target)", "host", "digest"] }],
    ["only the date is signed, which is the draft's default", { covers: ["date"] }],
    ["nothing is signed", { covers: [] }],
    [
      "a header that is not there is signed",
      { covers: ["(request-target)", "host", "date", "digest", "x-no"] },
    ],
    ["the digest is named twice", { covers: ["(request-target)", "host", "date", "digest", "digest"] }],
    ["A16: 61 min old", { headers: { date: at(-61 * MINUTE) } }],
    ["A16: 13 h old", { headers: { date: at(-13 * 60 * MINUTE) } }],
    ["A17: 61 min from the future", { headers: { date: at(61 * MINUTE) } }],
    ["A18: the date is `yesterday`", { headers: { date: "yesterday" } }],
    ["A18: the date is empty", { headers: { date: "" } }],
    ["A18: the date is 50 KB long", { headers: { date: "1".repeat(50_000) } }],
    ["the date is a number, which some parsers read as now", { headers: { date: String(Date.now()) } }],
    ["an algorithm that is none", { algorithm: "none" }],
    ["an algorithm of shared secrets, as in JWT confusion", { algorithm: "hmac-sha256" }],
    ["RSA over SHA-1", { algorithm: "rsa-sha1" }],
    ["a digest in MD5 only", { headers: { digest: "MD5=1B2M2Y8AsgTpgAmY7PhCfg==" } }],
    ["the key id is no IRI", { keyId: "main-key" }],
    ["the key id is a data: URL", { keyId: "data:application/json,{}" }],
    ["the key id is 3 KB long", { keyId: `https://evil.test/${"k".repeat(3_000)}` }],
  ];
  it.each(rows)("%s", async (_, forged) => {
    await refused(stead, await cavage(eve, follow(eve), forged), 401);
  });

  it("two digests, the second of the body that was sent, because the reader must not choose", async () => {
    const body = JSON.stringify(follow(eve));
    const right = (await cavage(eve, body)).headers.get("digest");
    const forged = { headers: { digest: `SHA-256=${btoa("wrong")}, ${right}` } };
    await refused(stead, await cavage(eve, body, forged), 401);
  });
});

describe("RFC 9421 that covers too little or the wrong thing is 401, before any key is looked for", () => {
  const rows: Row[] = [
    ["A10: no content-digest", { covers: ["@method", "@target-uri"] }],
    ["A10: no method", { covers: ["@target-uri", "content-digest"] }],
    ["A10: no target", { covers: ["@method", "content-digest"] }],
    ["A10: an authority without a path", { covers: ["@method", "@authority", "content-digest"] }],
    ["A10: nothing", { covers: [] }],
    ["no created, so it never gets old", { created: null }],
    ["A16: created 61 min ago", { created: seconds(-61 * MINUTE) }],
    ["A17: created 6 min from now", { created: seconds(6 * MINUTE) }],
    ["created is negative", { created: -1 }],
    ["created is beyond every date", { created: 999_999_999_999_999 }],
    ["another body than the one that was signed", { body: ALTERED }],
    ["an algorithm of shared secrets", { algorithm: "hmac-sha256" }],
    ["a component twice", { covers: ["@method", "@method", "@target-uri", "content-digest"] }],
    ["a component that nobody knows", { covers: ["@method", "@target-uri", "content-digest", "@status"] }],
    ["an input without a signature", { headers: { signature: "sig2=:AAAA:" } }],
    ["a signature that is no dictionary", { headers: { signature: "}{" } }],
    ["an input that is no dictionary", { headers: { "signature-input": "sig1=((((" } }],
  ];
  it.each(rows)("%s", async (_, forged) => {
    await refused(stead, await rfc9421(eve, follow(eve), forged), 401);
  });
});

describe("a signature for something else does not hold, whether the key is known or not", () => {
  const rows: Row[] = [
    ["A8: signed for another host", { signs: { host: "other.test" } }],
    ["A9: signed for a GET", { signs: { "(request-target)": "get /inbox" } }],
    ["A9: signed for another path", { signs: { "(request-target)": "post /actor/inbox" } }],
    ["signed with a query that was cut off", { signs: { "(request-target)": "post /inbox?a" } }],
    [
      "sent with a query that was not signed",
      { path: "/inbox?x=1", signs: { "(request-target)": "post /inbox" } },
    ],
    ["signed for another date", { signs: { date: at(-MINUTE) } }],
  ];
  it.each(rows)("a stranger, %s: 202, one look at its key, and nothing ever", async (_, forged) => {
    const stranger = await newcomer();
    await refused(stead, await cavage(stranger, follow(stranger), forged), 202, { outbound: 1 });
  });

  it.each([
    ["that its actor does not list", (keyId: string) => keyId.replace("#main-key", "#other-key")],
    ["in another case", (keyId: string) => keyId.replace("new", "NEW")],
    ["without its fragment", (keyId: string) => keyId.replace("#main-key", "")],
  ])("a stranger with a key id %s: the same", async (_, change) => {
    const stranger = await newcomer();
    const request = await cavage(stranger, follow(stranger), { keyId: change(stranger.keyId) });
    await refused(stead, request, 202, { outbound: 1 });
  });

  it.each(rows)("a peer we know, %s: 401", async (_, forged) => {
    const known = await stead.peer("known", "evil.test");
    if (!(await stead.followers()).includes(known.id)) await stead.followedBy(known);
    await refused(stead, await cavage(known, follow(known), forged), 401);
  });
});

describe("nobody speaks for another", () => {
  let alice: FakePeer;
  let bob: FakePeer;
  beforeAll(async () => {
    alice = await stead.peer("alice");
    bob = await stead.peer("bob");
    await stead.followedBy(bob);
  });

  it("A12: a key of evil.test does not sign for an actor of a.test", async () => {
    await refused(stead, await cavage(eve, follow(alice)), 401);
  });

  it("A12: a key of the same server's other user does not sign for alice, who is not known", async () => {
    await refused(stead, await cavage(bob, follow(alice)), 202, { outbound: 1 });
  });

  it("A12: nor for alice when she is known", async () => {
    const dora = await stead.peer("dora");
    await stead.followedBy(dora);
    await refused(stead, await cavage(bob, follow(dora)), 401);
    await refused(stead, await cavage(bob, follow(dora), { keyId: dora.keyId }), 401);
  });

  it("A13: a key of its own on evil.test that names alice as its owner is never asked for", async () => {
    const pem = (eve.document["publicKey"] as Record<string, string>)["publicKeyPem"];
    const key = { id: "https://evil.test/key", owner: alice.id, publicKeyPem: pem };
    eve.host.documents.set("/key", key);
    await refused(stead, await cavage(eve, follow(alice), { keyId: "https://evil.test/key" }), 401);
  });

  it.each([
    ["A14: owner", { owner: "https://a.test/users/alice" }],
    ["controller", { owner: undefined, controller: "https://a.test/users/alice" }],
    ["id on alice's server", { id: "https://a.test/users/alice#main-key" }],
  ])("A14: a key in eve's document whose %s is alice's is nobody's", async (_, change) => {
    const mallory = await newcomer();
    const key = mallory.document["publicKey"] as Record<string, string>;
    mallory.document = { ...mallory.document, publicKey: { ...key, ...change } };
    mallory.publishDocument();
    await refused(stead, await cavage(mallory, follow(mallory)), 202, { outbound: 1 });
  });

  it("the owner's own name, signed by anybody, is not looked up and not believed", async () => {
    const forged = { ...follow(eve), actor: ACTOR, id: `${ORIGIN}/follows/1` };
    await refused(stead, await cavage(eve, forged), 401);
    await refused(stead, await cavage(eve, forged, { keyId: `${ACTOR}#main-key` }), 401);
  });

  it.each<[string, (host: string) => string, number]>([
    ["userinfo, which reads like another host", (host) => `https://${host}@a.test/users/alice`, 401],
    ["userinfo before the right host", (host) => `https://a.test@${host}/users/eve`, 202],
    ["another port of the right host", (host) => `https://${host}:8443/users/eve`, 401],
    ["a final dot, which is another name of the same host", (host) => `https://${host}./users/eve`, 401],
    ["http, where anybody in between can be the host", (host) => `http://${host}/users/eve`, 202],
    ["a look-alike letter in punycode", (host) => `https://xn--${host}/users/eve`, 401],
  ])("a key id with %s does not stand for the actor's key", async (_, keyId, status) => {
    const one = await newcomer();
    const request = await cavage(one, follow(one), { keyId: `${keyId(one.host.name)}#main-key` });
    await refused(stead, request, status, { outbound: 1 });
  });

  it.each<[string, (host: string) => string]>([
    ["with a final dot", (host) => `https://${host}./users/`],
    ["on another port", (host) => `https://${host}:8443/users/`],
    ["with userinfo", (host) => `https://a.test@${host}/users/`],
    ["over http", (host) => `http://${host}/users/`],
    ["with a path that is folded", (host) => `https://${host}/users/x/../`],
    ["in capital letters", (host) => `https://${host.toUpperCase()}/users/`],
    ["with a Cyrillic letter", (host) => `https://\u0435${host}/users/`],
  ])("an actor %s is not the actor that the document names", async (_, base) => {
    const one = await newcomer();
    const actor = `${base(one.host.name)}${one.name}`;
    const host = new URL(actor).host;
    const request = await cavage(
      one,
      { ...follow(one), actor, id: `${actor}/1` },
      { keyId: `https://${host}/users/${one.name}#main-key` },
    );
    if (!host.includes(one.host.name) || host.startsWith("xn--")) stead.host(host);
    await refused(stead, request, 202, { outbound: 1 });
  });

  it("an actor with a fragment is not the document's actor either", async () => {
    const one = await newcomer();
    const actor = `${one.id}#me`;
    await refused(stead, await cavage(one, { ...follow(one), actor }), 202, { outbound: 1 });
  });
});

describe("replays", () => {
  it("A20: an id on another origin is 400, and the genuine activity with that id is then taken", async () => {
    const bea = await stead.peer("bea", "b.test");
    const genuine = follow(bea);
    await refused(stead, await cavage(eve, { ...follow(eve), id: genuine["id"] }), 400);
    expect((await stead.deliver(bea, genuine)).status).toBe(202);
    await stead.settle();
    expect(bea.received("Accept")).toMatchObject([{ object: { id: genuine["id"] } }]);
  });

  it.each(["not known", "known"])(
    "A21: a Follow replayed 50 times at once by a peer %s is one row and one Accept",
    async (who) => {
      const rex = await stead.peer(`replayed${who.length}`, "replay.test");
      if (who === "known") {
        await stead.followedBy(rex);
        await stead.deliver(
          rex,
          rex.activity("Undo", { object: { type: "Follow", actor: rex.id, object: ACTOR } }),
        );
        rex.host.arrived.length = 0;
      }
      const request = await cavage(rex, follow(rex));
      const answers = await Promise.all(Array.from({ length: 50 }, () => stead.fetch(request.clone())));
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(202));
      await stead.settle();
      expect((await stead.followers()).filter((iri) => iri === rex.id)).toHaveLength(1);
      expect(rex.received("Accept")).toHaveLength(1);
    },
  );

  it("A23: the Delete of an actor we never saw costs nothing", async () => {
    await refused(stead, await cavage(eve, eve.activity("Delete", { object: eve.id })), 202);
  });

  it("A24: a key on another host than its actor's is never asked for, however slow that host is", async () => {
    stead.host("slow.test").get = () => new Promise(() => {});
    const actor = "https://slow.test/users/s";
    await refused(stead, await cavage(eve, { ...follow(eve), actor, id: `${actor}/1` }), 401);
  });
});
