/** F1 to F5 of the hostile battery: where a URL in a peer's document must not take this server. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { newMeter } from "../../worker/kernel/meter.ts";
import { type Door, checkUrl, safeFetch } from "../../worker/kernel/safe-fetch.ts";
import { refusedUrls } from "./refused-urls.ts";

const meter = newMeter();
const door: Door = {
  ownHosts: new Set(["me.test", "fedistead.owner.workers.dev", "xn--mnchen-3ya.test"]),
  privateHosts: new Set(),
  userAgent: "Fedistead/0.1.0 (+https://me.test)",
  meter,
};
const local: Door = {
  ...door,
  ownHosts: new Set(["localhost:8787"]),
  privateHosts: new Set(["localhost:8788", "peer.localhost", "127.0.0.1:9000"]),
};

let answer: (url: string) => Response;
let sent: string[];

beforeEach(() => {
  sent = [];
  meter.fetches = 0;
  answer = () => new Response("ok");
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const { url } = new Request(input);
    sent.push(url);
    return answer(url);
  });
});
afterEach(() => void vi.restoreAllMocks());

const get = (url: string, through = door) => safeFetch(through, { method: "GET", url });
const redirectTo = (location: string) => new Response("moved", { status: 302, headers: { location } });

describe.each(Object.entries(refusedUrls))("%s", (_, urls) => {
  it.each(urls)("%j is refused before anything leaves", async (url) => {
    const sign = vi.fn(async () => ({ signature: "s" }));
    for (const method of ["GET", "POST"] as const) {
      const refused = await safeFetch(door, { method, url, sign });
      expect(refused).toMatchObject({ ok: false, reason: "not-allowed" });
    }
    expect(globalThis.fetch).not.toHaveBeenCalled();
    expect(sign).not.toHaveBeenCalled();
    expect(meter.fetches).toBe(0);
  });

  it.each(urls)("%j takes us nowhere but back to the peer that redirects to it", async (location) => {
    const header = location.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent);
    answer = (url) => (url === "https://evil.test/" ? redirectTo(header) : new Response("reached"));
    await get("https://evil.test/");
    expect(new Set(sent.map((url) => new URL(url).origin))).toEqual(new Set(["https://evil.test"]));
  });
});

describe("a public peer is reachable, so that refusing is not all the door does", () => {
  it.each([
    ["https://a.test/users/alice?x=1", "https://a.test/users/alice?x=1"],
    ["https://A.TEST:443", "https://a.test/"],
    ["https://a.test/users/alice#main-key", "https://a.test/users/alice"],
    ["https://social.me.test/", "https://social.me.test/"],
    ["https://notme.test/", "https://notme.test/"],
    ["https://me.test.evil.example/", "https://me.test.evil.example/"],
    ["https://localhost.example/", "https://localhost.example/"],
    ["https://bücher.example/", "https://xn--bcher-kva.example/"],
    ["https://例え.みんな/", "https://xn--r8jz45g.xn--q9jyb4c/"],
    ["https://under_score.example/", "https://under_score.example/"],
    ["https://10.example/", "https://10.example/"],
  ])("%s is fetched as %s", async (url, expected) => {
    expect(await get(url)).toMatchObject({ ok: true, status: 200, url: expected });
    expect(sent).toEqual([expected]);
    expect(meter.fetches).toBe(1);
  });
});

describe("private hosts are an exception for exactly the names listed, for local federation", () => {
  it.each([
    "http://localhost:8788/actor",
    "https://localhost:8788/",
    "http://peer.localhost/",
    "http://peer.localhost:3000/",
    "http://127.0.0.1:9000/",
  ])("%s is fetched", async (url) => {
    expect(await get(url, local)).toMatchObject({ ok: true, url });
  });

  it.each([
    "http://localhost:8787/",
    "http://localhost/",
    "http://localhost:8789/",
    "http://127.0.0.1/",
    "http://127.0.0.1:9001/",
    "http://[::1]:8788/",
    "http://other.localhost/",
    "http://a.peer.localhost/",
    "http://peer.localhost./",
    "http://a.test/",
    "https://a.test:8788/",
    "http://alice@localhost:8788/",
    "ftp://localhost:8788/",
    "https://192.168.1.1/",
  ])("%s stays refused, by itself and as a redirect from a listed name", async (url) => {
    expect(await get(url, local)).toMatchObject({ ok: false, reason: "not-allowed" });
    expect(globalThis.fetch).not.toHaveBeenCalled();
    answer = () => redirectTo(url);
    expect(await get("http://peer.localhost/", local)).toMatchObject({
      ok: false,
      reason: "not-allowed",
    });
    expect(sent).toEqual(["http://peer.localhost/"]);
  });
});

it("checkUrl hands out the URL that was judged, so that nobody parses the text a second time", () => {
  const judged = checkUrl(door, " https://A.test/\t./x/../y#z");
  expect(judged.ok && judged.url.href).toBe("https://a.test/y");
});
