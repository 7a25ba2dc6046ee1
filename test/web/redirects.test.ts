import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { changeDomains } from "../../worker/owner/domains.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

let stead: Stead;
let owner: Browser;

async function begin(): Promise<void> {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
}

describe("the page of redirects", () => {
  beforeEach(begin);

  it("is reached from the settings", async () => {
    expect((await owner.get("/settings")).html).toContain('href="/redirects"');
    expect((await owner.get("/redirects")).status).toBe(200);
  });

  it("takes an old handle on an own domain, shows it, and takes it away again", async () => {
    const refused = await owner.post("/redirects/handles", { handle: "@anna@old.test" });
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("old.test is not among your domains yet");
    expect(refused.html).toContain('value="@anna@old.test"');
    await changeDomains(await stead.ctx(), ["old.test"]);
    expect((await owner.post("/redirects/handles", { handle: "@Anna@old.test" })).status).toBe(303);
    expect((await owner.get("/redirects")).html).toContain("@anna@old.test");
    await owner.post("/redirects/handles/remove", { handle: "anna@old.test" });
    expect((await owner.get("/redirects")).html).not.toContain("@anna@old.test</div>");
  });

  it.each([
    "",
    "anna",
    "anna@",
    "an'na@old.test",
    "anna@old.test@evil.test",
    "<b>@old.test",
    "me@me.test",
    "ME@me.test",
  ])("refuses the old handle %j", async (handle) => {
    await changeDomains(await stead.ctx(), ["old.test"]);
    const { status, html } = await owner.post("/redirects/handles", { handle });
    expect([status, html.includes('role="alert"')]).toEqual([422, true]);
  });

  it("has room for twenty old handles, and for each once", async () => {
    await changeDomains(await stead.ctx(), ["old.test"]);
    for (let n = 0; n < 20; n++)
      expect((await owner.post("/redirects/handles", { handle: `a${n}@old.test` })).status).toBe(303);
    expect((await owner.post("/redirects/handles", { handle: "a0@old.test" })).html).toContain(
      "leads to you already",
    );
    expect((await owner.post("/redirects/handles", { handle: "more@old.test" })).html).toContain(
      "room for 20",
    );
  });

  it("shows the rules for a domain and its names, escaped, with our own WebFinger document", async () => {
    const { status, html } = await owner.get("/redirects?domain=Old.test&names=%40Anna+bob");
    expect(status).toBe(200);
    expect(html).toContain("location = /.well-known/webfinger { return 301 https://me.test$request_uri; }");
    expect(html).toContain("/author/bob");
    expect(html).toContain("&lt;?php");
    expect(html).toContain("&quot;subject&quot;: &quot;acct:me@me.test&quot;");
  });

  it.each([
    ["old.test;", "anna", "is no domain"],
    ["old.test", "an'na", "is no name of an account"],
    ["old.test", "", "Write the name"],
    ["me.test", "anna", "where your stead lives"],
    ["<script>", "<script>", "is no domain"],
  ])("says what is wrong with %s and %s", async (domain, names, text) => {
    const { status, html } = await owner.get(
      `/redirects?${new URLSearchParams({ domain, names }).toString()}`,
    );
    expect([status, html.includes(text)]).toEqual([422, true]);
    expect(html).not.toContain("<pre>");
  });
});

describe("the check of redirects", () => {
  // One stead for all: a check changes nothing.
  beforeAll(async () => {
    await begin();
    await changeDomains(await stead.ctx(), ["old.test"]);
    expect((await owner.post("/redirects/handles", { handle: "anna@old.test" })).status).toBe(303);
  });
  beforeEach(() => void stead.world.take());

  const WEBFINGER = "/.well-known/webfinger";
  const jrd = (actor: string) => ({
    links: [{ rel: "self", type: "application/activity+json", href: actor }],
  });

  /** What the old domain answers WebFinger with; everything else is not there. */
  const old = (answer: (url: URL) => Response) => {
    stead.host("old.test").get = (request) => {
      const url = new URL(request.url);
      return url.pathname === WEBFINGER ? answer(url) : new Response(null, { status: 404 });
    };
  };
  const to = (location: string, status = 301) => new Response(null, { status, headers: { location } });

  async function verdicts(checked = "@anna@old.test"): Promise<string[]> {
    const { status, html } = await owner.post("/redirects/check", { checked });
    expect(status).toBe(200);
    return [...html.matchAll(/<strong>([^<]+)<\/strong>([^<]*)/g)].map(
      ([, verdict, text]) => `${verdict}${text}`,
    );
  }

  it("says right when WebFinger comes here with its query and the handle is known, and never calls itself", async () => {
    old((url) => to(`${ORIGIN}${WEBFINGER}${url.search}`));
    const [webfinger, hostMeta, ...pages] = await verdicts();
    expect(webfinger).toMatch(/^Right\. It leads here with its query string/);
    expect(hostMeta).toMatch(/^Not there\. It is not redirected \(404\)/);
    expect(pages).toHaveLength(3);
    for (const page of pages) expect(page).toMatch(/^Not there\. Nothing is there \(404\)/);
    expect(stead.world.requests.filter(({ url }) => url.startsWith(ORIGIN))).toEqual([]);
    expect(stead.world.unexpected).toEqual([]);
  });

  it("says right after a hop over another host, as from a name with www", async () => {
    old((url) => to(`https://www.old.test${WEBFINGER}${url.search}`, 302));
    stead.host("www.old.test").get = (request) =>
      to(`${ORIGIN}${WEBFINGER}${new URL(request.url).search}`, 308);
    expect((await verdicts())[0]).toMatch(/^Right\./);
  });

  it.each<[why: string, answer: (url: URL) => Response, says: RegExp]>([
    ["the query string is lost", () => to(`${ORIGIN}${WEBFINGER}`), /query string is lost/],
    ["the query string is changed", () => to(`${ORIGIN}${WEBFINGER}?resource=x`), /query string is changed/],
    ["the path is lost", () => to(`${ORIGIN}/`), /leads here, but to \/\. The path/],
    [
      "nothing is redirected",
      () => new Response(null, { status: 404 }),
      /not redirected: the old domain answers 404/,
    ],
    [
      "a firewall answers",
      () => new Response("no", { status: 403 }),
      /answers 403\. Something there keeps programs out/,
    ],
    ["the server is ill", () => new Response("no", { status: 502 }), /answers 502/],
    [
      "its start page answers",
      () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      /something else \(text\/html\)/,
    ],
    [
      "its own software answers",
      () => Response.json(jrd("https://old.test/users/anna")),
      /document of its own, which names https:\/\/old\.test\/users\/anna/,
    ],
    ["a document without an actor answers", () => Response.json({ links: [] }), /names no account/],
    [
      "our document comes with the wrong type",
      () =>
        new Response(JSON.stringify(jrd(ACTOR)), { headers: { "content-type": "application/octet-stream" } }),
      /your document, but as application\/octet-stream/,
    ],
    [
      "it leads to plain http",
      () => to("http://old.test/x"),
      /an address no server will follow \(not https\)/,
    ],
    ["it leads into a private network", () => to("https://127.0.0.1/"), /an address no server will follow/],
    ["it goes round in circles", (url) => to(url.href), /More than three redirects/],
    [
      "the certificate is wrong",
      () => {
        throw new TypeError("tls");
      },
      /certificate \(TLS\)/,
    ],
    ["the answer has no end", () => new Response("x".repeat(100_000)), /far too long/],
  ])("says exactly what is wrong when %s", async (_, answer, says) => {
    old(answer);
    const [webfinger] = await verdicts();
    expect(webfinger).toMatch(/^Wrong\./);
    expect(webfinger).toMatch(says);
  });

  it("says what to add when the redirect works and the handle is not known here", async () => {
    old((url) => to(`${ORIGIN}${WEBFINGER}${url.search}`));
    const [webfinger] = await verdicts("@bob@old.test");
    expect(webfinger).toMatch(/^Wrong\. The redirect works, but this stead does not know bob@old\.test/);
  });

  it("says right when the old domain answers with our document itself", async () => {
    old(() => Response.json(jrd(ACTOR), { headers: { "content-type": "application/jrd+json" } }));
    expect((await verdicts())[0]).toMatch(/^Right\. It answers with your document itself/);
  });

  it("judges host-meta and each address of the profile by itself", async () => {
    stead.host("old.test").get = (request) => {
      switch (new URL(request.url).pathname) {
        case "/.well-known/host-meta":
          return to(`${ORIGIN}/.well-known/host-meta`);
        case "/@anna":
          return to(`${ORIGIN}/@me`);
        case "/users/anna":
          return new Response("<h1>Anna</h1>");
        case "/author/anna":
          return to(`${ORIGIN}/author/%E0%A4%A`);
        default:
          return new Response(null, { status: 404 });
      }
    };
    const [, hostMeta, at, users, author] = await verdicts();
    expect(hostMeta).toBe("Right. It leads here.");
    expect(at).toBe("Right. It leads to your profile.");
    expect(users).toMatch(/^Wrong\. It is not redirected: the old domain still answers by itself \(200\)/);
    expect(author).toMatch(/^Wrong\. It leads here, but to \/author\/%E0%A4%A, where there is nothing/);
  });

  it.each([
    "",
    "anna",
    "anna@me.test",
    "anna@127.0.0.1",
    "anna@localhost",
    "anna@old.test/x",
    "anna@old.test:22",
  ])("asks nobody about %j", async (checked) => {
    const { status } = await owner.post("/redirects/check", { checked });
    expect(status).toBe(422);
    expect(stead.world.requests).toEqual([]);
  });

  it("stays within what an invocation of the Free plan may fetch, whatever is redirected where", async () => {
    stead.host("old.test").get = (request) => to(`${request.url}x`);
    stead.world.take();
    await verdicts();
    expect(stead.world.take().length).toBeLessThanOrEqual(20);
  });
});
