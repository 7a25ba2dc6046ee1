import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { verifyFields } from "../../worker/owner/verify-fields.ts";
import { sweepDaily } from "../../worker/sweep.ts";
import { rows } from "../fediverse/rows.ts";
import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, asJson, type Json } from "./client.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let blog: () => Response;

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  stead.world.host("blog.test", () => blog());
}, 30_000);
afterAll(() => stead.settle());
beforeEach(async () => {
  blog = () => page("");
  await save([]);
});

const page = (body: string) => new Response(body, { headers: { "content-type": "text/html" } });
const BACK = `<a rel="me" href="${ORIGIN}/@me">me</a>`;

async function save(fields: [string, string][]): Promise<void> {
  const fields_attributes = fields.map(([name, value]) => ({ name, value }));
  const { status } = await app.ask(
    "/api/v1/accounts/update_credentials",
    asJson({ fields_attributes }, "PATCH"),
  );
  expect(status).toBe(200);
  await stead.settle();
}
const shown = async () => {
  const { body } = await app.ask("/api/v1/accounts/verify_credentials");
  const own = (body["fields"] as Json[]).map(({ verified_at }) => verified_at);
  const source = ((body["source"] as Json)["fields"] as Json[]).map(({ verified_at }) => verified_at);
  expect(own).toEqual(source);
  return own;
};
const verify = async () => verifyFields(await stead.ctx());

describe("a link in the owner's profile", () => {
  it("is verified when its page links back, by itself after it was saved, and the page shows it", async () => {
    blog = () => page(BACK);
    await save([
      ["Blog", "https://blog.test/"],
      ["Other", "No link"],
    ]);
    await vi.waitFor(async () => expect((await shown())[0]).toMatch(/^\d{4}-.*Z$/));
    expect((await shown())[1]).toBeNull();
    const visited = await (await stead.fetch("/", { headers: { accept: "text/html" } })).text();
    expect(visited).toContain("✓");
    const actor = await stead.getJson("/actor");
    expect(JSON.stringify(actor)).not.toContain("verified");
  });

  it.each([
    ["its profile", BACK],
    ["its actor", `<link rel="me" href="${ORIGIN}/actor">`],
    ["its first page", `<a rel="nofollow me" href="${ORIGIN}">me</a>`],
  ])("may link back to %s", async (_, html) => {
    blog = () => page(html);
    await save([["Blog", "https://blog.test/"]]);
    await verify();
    expect(await shown()).toEqual([expect.any(String)]);
  });

  it("keeps since when it was seen, whatever is saved beside it", async () => {
    blog = () => page(BACK);
    await save([["Blog", "https://blog.test/"]]);
    await verify();
    const [since] = await shown();
    await save([
      ["My blog", "https://blog.test/"],
      ["More", "words"],
    ]);
    await verify();
    expect(await shown()).toEqual([since, null]);
  });

  it.each<[string, () => Response]>([
    [
      "the network fails",
      () => {
        throw new TypeError("no network");
      },
    ],
    ["its server fails", () => new Response(null, { status: 503 })],
    ["it asks for less", () => new Response(null, { status: 429 })],
  ])("stays verified when %s, because that says nothing", async (_, answer) => {
    blog = () => page(BACK);
    await save([["Blog", "https://blog.test/"]]);
    await verify();
    blog = answer;
    await verify();
    expect(await shown()).toEqual([expect.any(String)]);
  });

  it.each<[string, () => Response]>([
    ["no longer links back", () => page("<p>Gone</p>")],
    ["links to somebody else", () => page(`<a rel="me" href="https://other.test/@me">`)],
    ["is gone", () => new Response(null, { status: 410 })],
    ["is no page", () => Response.json({ html: BACK })],
  ])("is verified no more when its page %s", async (_, answer) => {
    blog = () => page(BACK);
    await save([["Blog", "https://blog.test/"]]);
    await verify();
    blog = answer;
    await verify();
    expect(await shown()).toEqual([null]);
    expect(await rows("SELECT verified FROM owner")).toEqual([{ verified: "{}" }]);
  });

  it("is never verified on the word of the stead itself, of a private host, or of text around it", async () => {
    stead.world.take();
    await save([
      ["Self", `${ORIGIN}/@me`],
      ["Private", "https://localhost/"],
      ["Around", "see https://blog.test/"],
      ["Plain", "http://blog.test/"],
    ]);
    blog = () => page(BACK);
    await verify();
    expect(await shown()).toEqual([null, null, null, null]);
    expect(stead.world.take().filter(({ method }) => method === "GET")).toEqual([]);
  });

  it("is looked at once a week, with one request a link and no signature", async () => {
    blog = () => page(BACK);
    await save([
      ["Blog", "https://blog.test/"],
      ["Again", "https://blog.test/"],
    ]);
    await verify();
    blog = () => page("");
    const day = 86_400_000;
    const start = Math.ceil(Date.now() / (7 * day)) * 7 * day;
    let looked = 0;
    for (let n = 0; n < 7; n++) {
      const ctx = await stead.ctx();
      await sweepDaily({ ...ctx, clock: () => (start + n * day) as never });
      looked += ctx.meter.fetches;
      expect(ctx.meter.signatures).toBe(0);
    }
    expect(looked).toBe(1);
    expect(await shown()).toEqual([null, null]);
  });
});
