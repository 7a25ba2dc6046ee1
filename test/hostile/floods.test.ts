/** A25 and what follows from it: nobody can use this server to ask another one for thousands of things, or to keep others from it. */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import type { Mail } from "../../worker/kernel/ctx.ts";
import { Spool } from "../../worker/objects/spool.ts";
import { lookUp } from "../../worker/peers/webfinger.ts";

import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { cavage } from "./forge.ts";
import { stillServes } from "./refused.ts";

let stead: Stead;
const claimed = async () => {
  stead = await Stead.claimed();
};
afterEach(() => void vi.useRealTimers());

const follow = (peer: FakePeer) => peer.activity("Follow", { object: ACTOR });
let newcomers = 0;
/** Somebody nobody has heard of, on a server of their own. */
const newcomer = () => stead.peer("eve", `new${++newcomers}.test`);

describe("key fetches", () => {
  beforeEach(claimed);

  it.each<[string, (peer: FakePeer) => void]>([
    ["whose document is not there", ({ host, id }) => host.documents.delete(new URL(id).pathname)],
    ["who has no inbox", (one) => ((one.document["inbox"] = null), one.publishDocument())],
    ["whose key is another", () => {}],
  ])("A25: 100 requests in the name of one actor %s cost one fetch", async (_, change) => {
    const one = await newcomer();
    change(one);
    stead.world.take();
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let n = 0; n < 5; n++) {
      const burst = Array.from({ length: 20 }, async () => {
        const request = await cavage(one, follow(one), { signs: { digest: "none" } });
        return (await stead.fetch(request)).status;
      });
      expect(await Promise.all(burst)).toEqual(Array(20).fill(202));
      vi.setSystemTime(Date.now() + 10_000);
      await stead.settle();
    }
    vi.useRealTimers();
    expect(stead.world.take().map(({ url }) => url)).toEqual([one.id]);
    await stillServes(stead);
  });

  it.each<[string, () => Response]>([
    ["answers 404", () => new Response(null, { status: 404 })],
    ["answers 500", () => new Response(null, { status: 500 })],
  ])(
    "A25: 100 requests that name different dead actors of a host that %s: at most 30 fetches a minute",
    async (_, get) => {
      const one = await newcomer();
      one.host.get = get;
      stead.world.take();
      vi.useFakeTimers({ toFake: ["Date"] });
      const burst = Array.from({ length: 100 }, async (__, n) => {
        const actor = `${one.id}${n}`;
        const request = await cavage(one, { ...follow(one), actor }, { keyId: `${actor}#main-key` });
        return (await stead.fetch(request)).status;
      });
      expect(await Promise.all(burst)).toEqual(Array(100).fill(202));
      for (let n = 0; n < 15; n++) {
        await stead.runAlarms();
        vi.setSystemTime(Date.now() + 4_000);
      }
      const fetched = stead.world.take().length;
      expect(fetched).toBeGreaterThan(0);
      expect(fetched).toBeLessThanOrEqual(32);
      vi.useRealTimers();
      await stillServes(stead);
    },
  );
});

describe("a key that changes, and those who only say so", () => {
  let alice: FakePeer;
  beforeAll(claimed);
  beforeEach(async () => {
    alice = await newcomer();
    await stead.followedBy(alice);
    stead.world.take();
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  const later = (ms: number) => void vi.setSystemTime(Date.now() + ms);
  const like = (peer = alice) => peer.activity("Follow", { object: ACTOR });
  const forged = () => cavage(alice, like(), { signs: { digest: "none" } });
  async function rotate(): Promise<void> {
    const other = await stead.peer("someone-with-another-key", "other.test");
    alice.pair = other.pair;
    const { publicKeyPem } = other.document["publicKey"] as Record<string, unknown>;
    alice.document = { ...alice.document, publicKey: { id: alice.keyId, owner: alice.id, publicKeyPem } };
    alice.publishDocument();
  }

  it("is 401 within five minutes of the last look", async () => {
    await rotate();
    later(4 * MINUTE);
    expect((await stead.deliver(alice, like())).status).toBe(401);
    expect(stead.world.requests).toEqual([]);
  });

  it("is looked at again after an hour, and what was signed with it in between is not lost", async () => {
    await rotate();
    const follow = like();
    later(30 * MINUTE);
    expect((await stead.deliver(alice, follow)).status).toBe(202);
    await stead.settle();
    expect(stead.world.take()).toEqual([]);
    later(31 * MINUTE);
    await stead.settle();
    expect(alice.received("Accept").at(-1)).toMatchObject({ object: { id: follow["id"] } });
  });

  it.each(["is there", "is gone", "is broken"])(
    "is looked at once an hour, whoever asks for it how often, when it %s",
    async (what) => {
      if (what === "is gone") alice.host.documents.clear();
      if (what === "is broken") alice.host.get = () => new Response("<html>");
      later(2 * HOUR);
      for (let n = 0; n < 5; n++) {
        expect((await stead.fetch(await forged())).status).toBe(202);
        await stead.settle();
        later(MINUTE);
      }
      expect(stead.world.requests.length).toBeLessThanOrEqual(1);
      expect(await stead.followers()).toContain(alice.id);
    },
  );

  it("does not keep the genuine from being taken: what is forged in her name waits behind her, not before", async () => {
    later(30 * MINUTE);
    expect((await stead.fetch(await forged())).status).toBe(202);
    alice.document = { ...alice.document, name: "Alice the Second" };
    alice.publishDocument();
    await stead.deliver(alice, alice.activity("Update", { object: alice.document }));
    await stead.settle();
    const name = await env.DB.prepare("SELECT name FROM peers WHERE iri = ?").bind(alice.id).first("name");
    expect(name).toBe("Alice the Second");
  });
});

describe("the spool", () => {
  beforeAll(claimed);

  const mail = (host: string, body = "{}"): Mail => ({
    actor: `https://${host}/a` as Iri,
    host,
    receivedAt: 1 as UnixMs,
    url: "",
    method: "POST",
    headers: {},
    body,
    digest: "",
  });
  const withSpool = <T>(work: (spool: Spool) => T) =>
    runInDurableObject(env.MAILROOM.getByName("spool-test"), (_, { storage }) =>
      work(new Spool(storage.sql, { mails: 5, bytes: 10_000 }, { mails: 3, bytes: 6_000 })),
    );

  it("takes so much of one host, so much in all, and so many bytes; what was taken makes room when it is done", async () => {
    const said = await withSpool((spool) => {
      const add = (host: string, body?: string) => spool.add(mail(host, body));
      const first = [add("a.test"), add("a.test"), add("a.test"), add("a.test")];
      const others = [add("b.test"), add("b.test"), add("b.test")];
      const waiting = spool.ready(2 as UnixMs, () => true, 100);
      spool.remove(waiting.slice(0, 3).map(({ seq }) => seq));
      const again = [
        add("a.test", "x".repeat(5_000)),
        add("a.test", "x".repeat(5_000)),
        add("c.test", "x".repeat(5_000)),
      ];
      spool.recount();
      return [first, others, again, [spool.size, spool.add(mail("a.test"), 1)]];
    });
    const [stored, full] = ["stored", "full"];
    expect(said).toEqual([
      [stored, stored, stored, full],
      [stored, stored, full],
      [stored, full, full],
      [3, full],
    ]);
  });

  it("says 503 and when to come again when it is full, so that the sender keeps what we can not", async () => {
    const add = vi.spyOn(Spool.prototype, "add").mockReturnValue("full");
    const one = await newcomer();
    const answer = await stead.deliver(one, follow(one));
    add.mockRestore();
    expect([answer.status, Number(answer.headers.get("retry-after"))]).toEqual([503, 10]);
    await stillServes(stead);
  });

  it("gives mail of a silent host up after three days, though its turn never came", async () => {
    const one = await newcomer();
    one.host.get = () => new Response(null, { status: 500 });
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let n = 0; n < 60; n++) {
      const actor = `${one.id}${n}`;
      await stead.fetch(await cavage(one, { ...follow(one), actor }, { keyId: `${actor}#main-key` }));
    }
    await stead.runAlarms();
    vi.setSystemTime(Date.now() + 73 * HOUR);
    await stead.settle();
    const rows = env.DB.prepare("SELECT count(*) AS n FROM unverified_mail WHERE actor LIKE ?");
    expect(await rows.bind(`${one.id}%`).first("n")).toBe(60);
    expect(stead.world.take().length).toBeLessThan(60);
    await stillServes(stead);
  });
});

describe("a handle that the owner looks up", () => {
  beforeAll(claimed);
  beforeEach(() => void stead.world.take());

  const jrd = (links: unknown) => Response.json({ subject: "acct:x@evil.test", links });
  const self = (href: unknown) => ({ rel: "self", type: "application/activity+json", href });
  const rows: [string, (request: Request) => Response][] = [
    ["redirects in a circle", ({ url }) => Response.redirect(url, 302)],
    ["redirects to a private address", () => Response.redirect("https://10.0.0.1/", 302)],
    ["redirects to us", () => Response.redirect("https://me.test/.well-known/webfinger", 302)],
    ["names a script", () => jrd([self("javascript:alert(1)")])],
    ["names nobody", () => jrd([])],
    ["names a page", () => jrd([{ rel: "self", type: "text/html", href: "https://evil.test/" }])],
    ["is no JSON", () => new Response("<html>")],
    ["is null", () => new Response("null")],
    ["has links of every wrong type", () => jrd({ 0: self("x"), a: null })],
    ["is 1 MB long", () => new Response(" ".repeat(1_000_000))],
    [
      "points on to another host-meta, for ever",
      ({ url }) =>
        url.includes("host-meta")
          ? new Response(
              '<Link rel="lrdd" template="https://evil.test/.well-known/webfinger?resource={uri}"/>',
            )
          : new Response(null, { status: 404 }),
    ],
    [
      "points on to a private address",
      ({ url }) =>
        url.includes("host-meta")
          ? new Response('<Link rel="lrdd" template="http://169.254.169.254/{uri}"/>')
          : new Response(null, { status: 404 }),
    ],
    [
      "has a host-meta that no pattern ends on",
      ({ url }) =>
        url.includes("host-meta")
          ? new Response("<Link ".repeat(10_000))
          : new Response(null, { status: 404 }),
    ],
  ];
  it.each(rows)("and whose server %s is not found, in at most 4 requests", async (_, get) => {
    stead.host("evil.test").get = get;
    const found = await lookUp(await stead.ctx(), "@eve@evil.test");
    expect(found.kind).toBe("not-found");
    expect(stead.world.take().length).toBeLessThanOrEqual(4);
    stead.world.assertNothingUnexpected();
  });

  it.each([
    "@me@me.test",
    "@a@localhost",
    "@a@10.0.0.1",
    "@a@b@c.test",
    "@a@evil.test:8443",
    "@a@evil.test/../x",
    "https://",
    "@",
    "",
  ])("%s asks nobody", async (typed) => {
    expect((await lookUp(await stead.ctx(), typed)).kind).toBe("not-found");
    expect(stead.world.requests).toEqual([]);
  });
});
