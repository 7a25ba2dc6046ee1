/** F6 to F10 of the hostile battery: what a peer's answer must not make this server do. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newMeter } from "../../worker/kernel/meter.ts";
import { type Door, type Outgoing, readCapped, safeFetch } from "../../worker/kernel/safe-fetch.ts";

type Handler = (url: string, init: RequestInit) => Response | Promise<Response>;

const meter = newMeter();
const door: Door = {
  ownHosts: new Set(["me.test"]),
  privateHosts: new Set(),
  userAgent: "Fedistead/0.1.0 (+https://me.test)",
  meter,
};
let handler: Handler;
let calls: { url: string; headers: Headers; init: RequestInit }[];

beforeEach(() => {
  calls = [];
  meter.fetches = 0;
  handler = () => new Response("ok");
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init = {}) => {
    if (typeof input !== "string") throw new Error("the door calls fetch with a string");
    calls.push({ url: input, headers: new Headers(init.headers), init });
    return await handler(input, init);
  });
});
afterEach(() => void vi.restoreAllMocks());

const get = (url: string, more: Partial<Outgoing> = {}) => safeFetch(door, { method: "GET", url, ...more });
const post = (url: string, more: Partial<Outgoing> = {}) =>
  safeFetch(door, { method: "POST", url, body: "{}", ...more });
const sentTo = () => calls.map((call) => call.url);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function redirectTo(location: string, status = 302): Response {
  return new Response("moved", { status, headers: { location } });
}

/** A stream that brings `chunk` again and again, `ms` apart, and tells whether anybody cancelled it. */
function drip(chunk: Uint8Array, ms: number, end = Number.POSITIVE_INFINITY) {
  const seen = { cancelled: false, chunks: 0 };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
      if (seen.cancelled) return;
      if (seen.chunks++ < end) controller.enqueue(chunk.slice());
      else controller.close();
    },
    cancel() {
      seen.cancelled = true;
    },
  });
  return { body, seen };
}

describe("F6: redirects", () => {
  it("are followed three times, each hop counted, because peers do move their documents", async () => {
    handler = (url) =>
      url.endsWith("/3")
        ? new Response("there")
        : redirectTo(`/${Number(url.at(-1)) + 1}`, [301, 302, 307][Number(url.at(-1))]);
    const got = await get("https://a.test/0");
    expect(got.ok && [got.url, text(got.body)]).toEqual(["https://a.test/3", "there"]);
    expect(meter.fetches).toBe(4);
  });

  it.each([
    ["in a circle", (url: string) => redirectTo(url.endsWith("a") ? "/b" : "/a")],
    ["to themselves", (url: string) => redirectTo(url)],
    ["without end", (url: string) => redirectTo(`${url}x`)],
  ])("%s stop after the third", async (_, answer) => {
    handler = answer;
    expect(await get("https://a.test/a")).toMatchObject({
      ok: false,
      reason: "too-many-redirects",
    });
    expect(meter.fetches).toBe(4);
  });

  it("are refused at the first when the caller wants none", async () => {
    handler = () => redirectTo("/b");
    expect(await get("https://a.test/a", { maxRedirects: 0 })).toMatchObject({
      ok: false,
      reason: "too-many-redirects",
    });
    expect(sentTo()).toEqual(["https://a.test/a"]);
  });

  it("are never left to the platform, which would not hold them against our rules, nor is a cached answer", async () => {
    await get("https://a.test/");
    await post("https://a.test/");
    const kept = { redirect: "manual", cache: "no-store" };
    expect(calls.map((call) => call.init)).toMatchObject([kept, kept]);
  });

  it("have their bodies cancelled, because an unread body holds one of six connections", async () => {
    const { body, seen } = drip(new Uint8Array(10), 0);
    handler = (url) =>
      url.endsWith("/b")
        ? new Response("b")
        : new Response(body, { status: 302, headers: { location: "/b" } });
    expect(await get("https://a.test/a")).toMatchObject({ ok: true });
    expect(seen.cancelled).toBe(true);
  });

  it.each([300, 304, 302])(
    "that name no place (%i without Location) are the answer itself",
    async (status) => {
      handler = () => new Response(null, { status });
      expect(await get("https://a.test/")).toMatchObject({
        ok: true,
        status,
        url: "https://a.test/",
      });
    },
  );

  it.each([301, 302, 303, 307, 308])(
    "after a POST (%i) are never followed, so a delivery lands where it was meant or nowhere",
    async (status) => {
      handler = () => redirectTo("https://b.test/inbox", status);
      expect(await post("https://a.test/inbox", { maxRedirects: 3 })).toMatchObject({
        ok: true,
        status,
        url: "https://a.test/inbox",
      });
      expect(sentTo()).toEqual(["https://a.test/inbox"]);
    },
  );
});

describe("F7: a signed fetch that is redirected", () => {
  const sign = async (url: string) => ({ signature: `for ${url}` });

  it("is signed again for each URL, because a signature covers host and path", async () => {
    handler = (url) => (url === "https://b.test/2" ? new Response("b") : redirectTo("https://b.test/2"));
    await get("https://a.test/1#frag", { sign, headers: { signature: "stale" } });
    expect(calls.map((call) => call.headers.get("signature"))).toEqual([
      "for https://a.test/1",
      "for https://b.test/2",
    ]);
  });

  it("gives nothing of the first origin to the second, and not on the way back either", async () => {
    handler = (url) => {
      if (url === "https://a.test/1") return redirectTo("/2");
      if (url === "https://a.test/2") return redirectTo("https://b.test/3");
      return url === "https://b.test/3" ? redirectTo("https://a.test/4") : new Response("a");
    };
    const secret = {
      Authorization: "Bearer t",
      Cookie: "c=1",
      "Proxy-Authorization": "p",
      "X-Token": "x",
      "If-None-Match": '"1"',
    };
    await get("https://a.test/1", { headers: { ...secret, Accept: "application/activity+json" } });
    expect(calls.map((call) => [...call.headers.keys()].length)).toEqual([7, 7, 2, 2]);
    expect(calls.map((call) => call.headers.get("accept"))).toEqual(
      Array(4).fill("application/activity+json"),
    );
    expect(calls.map((call) => call.headers.get("authorization"))).toEqual([
      "Bearer t",
      "Bearer t",
      null,
      null,
    ]);
  });

  it("throws on what the signer throws, because a missing key is our fault and not the peer's", async () => {
    await expect(get("https://a.test/", { sign: () => Promise.reject(new Error("no key")) })).rejects.toThrow(
      "no key",
    );
    expect(globalThis.fetch).not.toHaveBeenCalled();
  });
});

describe("every request carries our name and no other host's", () => {
  it.each<[string, Partial<Outgoing>]>([
    ["no headers", {}],
    ["a caller's own name", { headers: { "User-Agent": "" } }],
    ["a signer's own name", { sign: async () => ({ "user-agent": "x" }) }],
  ])("with %s", async (_, more) => {
    handler = (url) => (url.endsWith("/1") ? redirectTo("https://b.test/2") : new Response());
    await get("https://a.test/1", more);
    await post("https://a.test/3", more);
    expect(calls.map((call) => call.headers.get("user-agent"))).toEqual(Array(3).fill(door.userAgent));
  });

  it("with the Host of its URL, whatever the signer covered", async () => {
    await post("https://a.test/", { sign: async () => ({ Host: "b.test", date: "d" }) });
    expect(calls.map((call) => [call.headers.get("host"), call.headers.get("date")])).toEqual([[null, "d"]]);
  });

  it("with method, body and headers as given", async () => {
    const body = new Uint8Array([123, 125]);
    await post("https://a.test/inbox", {
      body,
      headers: { "content-type": "application/activity+json" },
    });
    expect(calls[0]?.init).toMatchObject({ method: "POST", body });
    expect(calls[0]?.headers.get("content-type")).toBe("application/activity+json");
  });
});

describe("a slow peer holds us up for the deadline and no longer", () => {
  const never: Handler = (_, init) =>
    new Promise((_resolve, reject) =>
      init.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
    );

  it("F8: when headers never come", async () => {
    handler = never;
    expect(await get("https://a.test/", { deadlineMs: 30 })).toMatchObject({
      ok: false,
      reason: "timeout",
    });
    expect(await post("https://a.test/", { deadlineMs: 30 })).toMatchObject({
      ok: false,
      reason: "timeout",
    });
  });

  it("F9: when the body drips, and the stream is cancelled", async () => {
    const { body, seen } = drip(new Uint8Array(1), 10);
    handler = () => new Response(body);
    expect(await get("https://a.test/", { deadlineMs: 60 })).toMatchObject({
      ok: false,
      reason: "timeout",
    });
    expect(seen.cancelled).toBe(true);
  });

  it("F9: when the body stops for ever", async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(3)),
      pull: () => new Promise(() => {}),
    });
    handler = () => new Response(body);
    expect(await get("https://a.test/", { deadlineMs: 30 })).toMatchObject({
      ok: false,
      reason: "timeout",
    });
  });

  it("when each redirect alone would be fast enough", async () => {
    handler = (url, init) =>
      Promise.race([
        never(url, init),
        new Promise<Response>((resolve) => setTimeout(resolve, 40, redirectTo("/next"))),
      ]);
    expect(await get("https://a.test/1", { deadlineMs: 60 })).toMatchObject({
      ok: false,
      reason: "timeout",
    });
    expect(meter.fetches).toBe(2);
  });

  it("but a slow body that ends in time is read whole", async () => {
    handler = () => new Response(drip(new Uint8Array([97]), 5, 4).body);
    const got = await get("https://a.test/", { deadlineMs: 2_000 });
    expect(got.ok && text(got.body)).toBe("aaaa");
  });
});

describe("a large answer costs us the cap and no more", () => {
  it.each([
    ["F10: endless", Number.POSITIVE_INFINITY],
    ["D8: 50 MB, as 48 kB of gzip unfold to", 800],
    ["one chunk too long", 17],
  ])("%s: cut at 1 MiB and cancelled", async (_, end) => {
    const { body, seen } = drip(new Uint8Array(65_536), 0, end);
    handler = () => new Response(body);
    expect(await get("https://a.test/")).toMatchObject({ ok: false, reason: "too-large" });
    expect(seen.cancelled).toBe(true);
    expect(seen.chunks).toBeLessThanOrEqual(19); // 17 to pass the cap, and what the stream reads ahead
  });

  it("exactly 1 MiB is still taken, and a caller may ask for less", async () => {
    handler = () => new Response(drip(new Uint8Array(65_536), 0, 16).body);
    const got = await get("https://a.test/");
    expect(got.ok && got.body.byteLength).toBe(1_048_576);
    expect(await get("https://a.test/", { maxBytes: 1_048_575 })).toMatchObject({
      ok: false,
      reason: "too-large",
    });
  });

  it("a declared length is not believed, in either direction", async () => {
    handler = () =>
      new Response(drip(new Uint8Array(65_536), 0).body, { headers: { "content-length": "2" } });
    expect(await get("https://a.test/", { maxBytes: 100 })).toMatchObject({
      ok: false,
      reason: "too-large",
    });
  });

  it.each<[string, () => ReadableStream<Uint8Array>, Partial<Outgoing>]>([
    ["too long", () => drip(new Uint8Array(65_536), 0).body, {}],
    ["too slow", () => drip(new Uint8Array(1), 10).body, { deadlineMs: 40 }],
    [
      "broken off",
      () => new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) }),
      {},
    ],
  ])(
    "a delivery that was taken stays taken though the answer's body is %s, so it is not sent twice",
    async (_, body, more) => {
      handler = () => new Response(body(), { status: 202 });
      const got = await post("https://a.test/inbox", more);
      expect(got.ok && [got.status, got.body.byteLength]).toEqual([202, 0]);
    },
  );
});

describe("what the network does is an outcome, not a fault", () => {
  it.each([new Error("Network connection lost."), new TypeError("internal error"), "a string"])(
    "fetch throws %s",
    async (thrown) => {
      handler = () => {
        throw thrown;
      };
      expect(await get("https://a.test/")).toMatchObject({
        ok: false,
        reason: "network",
        detail: expect.stringContaining(String(thrown)),
      });
      expect(meter.fetches).toBe(1);
    },
  );

  it("the body breaks off", async () => {
    handler = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) }));
    expect(await get("https://a.test/")).toMatchObject({
      ok: false,
      reason: "network",
      detail: "Error: reset",
    });
  });

  it.each([204, 404, 410, 418, 500])("the peer answers %i, which the caller must judge", async (status) => {
    handler = () => new Response(null, { status });
    expect(await get("https://a.test/")).toMatchObject({
      ok: true,
      status,
      body: new Uint8Array(),
    });
  });
});

describe("readCapped", () => {
  it("joins chunks of any size in order", async () => {
    const parts = ["a", "", "bc".repeat(20_000), "d"];
    const bytes = await readCapped(new Response(parts.join("")).body, 50_000);
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
        controller.close();
      },
    });
    const own = await readCapped(chunks, 50_000);
    expect([bytes, own].map((read) => read && text(read))).toEqual([parts.join(""), parts.join("")]);
  });

  it("says null past the cap, reads nothing as empty, and throws what the stream throws", async () => {
    expect(await readCapped(new Response("abc").body, 2)).toBeNull();
    expect(await readCapped(null, 2)).toEqual(new Uint8Array());
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("client left")),
    });
    await expect(readCapped(broken, 2)).rejects.toThrow("client left");
  });
});
