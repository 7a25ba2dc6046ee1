import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, asJson, type Json } from "./client.ts";

const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const picture = (bytes: Uint8Array<ArrayBuffer> = PNG) => new File([bytes], "me.png", { type: "image/png" });

let stead: Stead;
let app: App;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
});
afterAll(() => stead.settle());

const me = async () => (await app.ask("/api/v1/accounts/verify_credentials")).body;
const patch = (body: FormData | URLSearchParams) =>
  app.ask("/api/v1/accounts/update_credentials", { method: "PATCH", body });

describe("the owner's own account", () => {
  it("is the owner before anything was set, with pictures, because apps fail on an account without", async () => {
    const account = await me();
    expect(account).toMatchObject({
      username: "me",
      acct: "me",
      display_name: "Me",
      url: `${ORIGIN}/@me`,
      uri: ACTOR,
      avatar: `${ORIGIN}/avatar.png`,
      header_static: `${ORIGIN}/header.png`,
      last_status_at: null,
      fields: [],
      source: { note: "", fields: [], follow_requests_count: 0 },
    });
  });

  it("is the same by its id, for everybody, and without what is the owner's alone", async () => {
    const { id } = await me();
    const { status, body } = await ask(stead, `/api/v1/accounts/${String(id)}`);
    expect([status, body["id"], body["uri"]]).toEqual([200, id, ACTOR]);
    expect([body["source"], body["role"]]).toEqual([undefined, undefined]);
    expect((await ask(stead, `/api/v1/accounts/${String(id)}0`)).status).toBe(404);
  });

  it("counts who follows, whom the owner follows, and the posts that anybody may see", async () => {
    const alice: FakePeer = await stead.peer("alice");
    await stead.followedBy(alice);
    await stead.publishes("One");
    await stead.publishes("Two", { visibility: "followers" });
    expect(await me()).toMatchObject({
      followers_count: 1,
      following_count: 0,
      statuses_count: 1,
      last_status_at: new Date().toISOString().slice(0, 10),
    });
  });
});

describe("profile.patch: a change of the profile", () => {
  beforeEach(async () => {
    const body = new URLSearchParams({ display_name: "Me", note: "", locked: "false" });
    for (const part of ["name", "value"]) body.append(`fields_attributes[0][${part}]`, "");
    expect((await patch(body)).status).toBe(200);
  });

  it.each<[string, () => RequestInit]>([
    [
      "profile.fields_attributes: a form",
      () => ({
        method: "PATCH",
        body: new URLSearchParams([
          ["display_name", "Ann"],
          ["note", "Hello *you*"],
          ["locked", "true"],
          ["fields_attributes[0][name]", "Home"],
          ["fields_attributes[0][value]", "https://ann.example"],
          ["fields_attributes[1][name]", ""],
          ["fields_attributes[1][value]", ""],
        ]),
      }),
    ],
    [
      "profile.patch multipart, as apps send it",
      () => {
        const body = new FormData();
        body.append("display_name", "Ann");
        body.append("note", "Hello *you*");
        body.append("locked", "1");
        body.append("fields_attributes[][name]", "Home");
        body.append("fields_attributes[][value]", "https://ann.example");
        return { method: "PATCH", body };
      },
    ],
    [
      "profile.json",
      () =>
        asJson(
          {
            display_name: "Ann",
            note: "Hello *you*",
            locked: true,
            fields_attributes: [{ name: "Home", value: "https://ann.example" }],
          },
          "PATCH",
        ),
    ],
    [
      "JSON with numbered fields",
      () =>
        asJson(
          {
            display_name: "Ann",
            note: "Hello *you*",
            locked: "True",
            fields_attributes: { 0: { name: "Home", value: "https://ann.example" } },
          },
          "PATCH",
        ),
    ],
  ])("is taken from %s, shown as HTML, and kept as typed for the next change", async (_, init) => {
    const { status, body } = await app.ask("/api/v1/accounts/update_credentials", init());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      display_name: "Ann",
      note: "<p>Hello <em>you</em></p>",
      locked: true,
      source: { note: "Hello *you*", fields: [{ name: "Home", value: "https://ann.example" }] },
    });
    const [field] = body["fields"] as Json[];
    expect(field!["value"]).toContain('rel="me ');
    expect(await me()).toEqual(body);
  });

  it("leaves alone what was not sent", async () => {
    await patch(new URLSearchParams({ note: "Kept", locked: "true" }));
    const { body } = await patch(
      new URLSearchParams({ display_name: "New name", source: "ignored", bot: "true" }),
    );
    expect(body).toMatchObject({
      display_name: "New name",
      bot: false,
      locked: true,
      source: { note: "Kept" },
    });
  });

  it("profile.avatar delete: takes pictures, serves them, takes them away again, and tells the followers each time", async () => {
    const form = new FormData();
    form.append("avatar", picture());
    form.append("header", picture());
    const { body } = await patch(form);
    const avatar = String(body["avatar"]);
    expect(avatar).toMatch(/^https:\/\/me\.test\/images\/avatar\/[0-9a-f]{16}$/);
    const served = await stead.fetch(avatar);
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(PNG);
    expect(served.headers.get("access-control-allow-origin")).toBe("*");
    const without = await app.ask("/api/v1/profile/avatar", { method: "DELETE" });
    expect(without.body).toMatchObject({ avatar: `${ORIGIN}/avatar.png`, header: body["header"] });
    const bare = await app.ask("/api/v1/profile/header", { method: "DELETE" });
    expect(bare.body).toMatchObject({ header: `${ORIGIN}/header.png` });
    const [last] = await rows<{ activity: string }>("SELECT activity FROM fanouts ORDER BY id DESC LIMIT 1");
    expect(JSON.parse(last!.activity)).toMatchObject({ type: "Update", object: { id: ACTOR } });
  });

  it.each<[string, () => FormData | URLSearchParams]>([
    [
      "a picture that is none",
      () => formWith(picture(Uint8Array.from(new TextEncoder().encode("<svg onload=alert(1)>")))),
    ],
    ["a picture too large", () => formWith(picture(new Uint8Array(200_001).fill(0xff)))],
    ["a bio too long", () => new URLSearchParams({ note: "x".repeat(2_001) })],
    [
      "too many fields",
      () => new URLSearchParams(Array.from({ length: 12 }, (_, n) => [`fields_attributes[${n}][name]`, "x"])),
    ],
  ])("is refused whole with %s", async (_, sent) => {
    const before = await stead.state();
    const body = sent();
    body.append("display_name", "Must not be");
    const { status, body: told } = await patch(body);
    expect([status, told["error"]]).toEqual([422, expect.stringMatching(/^Validation failed: /)]);
    expect(await stead.state()).toBe(before);
  });

  it("shows nothing that an app wrote as anything but text", async () => {
    const { body } = await patch(
      new URLSearchParams({ display_name: "<b>Ann</b>\u202e", note: "<script>alert(1)</script>" }),
    );
    expect(body["display_name"]).toBe("<b>Ann</b>");
    expect(body["note"]).not.toContain("<script");
  });
});

function formWith(avatar: File): FormData {
  const form = new FormData();
  form.append("avatar", avatar);
  return form;
}

describe("how far the owner has read", () => {
  const post = (body: URLSearchParams | string) =>
    app.ask("/api/v1/markers", {
      method: "POST",
      body,
      ...(typeof body === "string" ? { headers: { "content-type": "application/json" } } : {}),
    });
  const get = (query: string) => app.ask(`/api/v1/markers?${query}`);

  it("is kept for both timelines, from a form and from JSON, and grows a version each time", async () => {
    expect((await get("timeline[]=home&timeline[]=notifications")).body).toEqual({});
    const first = await post(new URLSearchParams({ "home[last_read_id]": "1795000000000000" }));
    expect(first.body).toMatchObject({ home: { last_read_id: "1795000000000000", version: 1 } });
    const second = await post(
      JSON.stringify({ home: { last_read_id: "5" }, notifications: { last_read_id: 7 } }),
    );
    expect(second.body).toMatchObject({
      home: { last_read_id: "5", version: 2 },
      notifications: { last_read_id: "7", version: 1 },
    });
    expect((await get("timeline[]=home&timeline[]=notifications")).body).toEqual(second.body);
    expect(Object.keys((await get("timeline=notifications")).body)).toEqual(["notifications"]);
    expect((await get("timeline[]=nowhere")).body).toEqual({});
  });

  it("is not taken from what is no id, and nothing of the rest either", async () => {
    const before = await stead.state();
    for (const id of ["x", "", "-1", "1".repeat(21)]) {
      const sent = new URLSearchParams({ "home[last_read_id]": id, "notifications[last_read_id]": "1" });
      expect((await post(sent)).status).toBe(422);
    }
    expect((await post(new URLSearchParams({ "elsewhere[last_read_id]": "1" }))).body).toEqual({});
    expect(await stead.state()).toBe(before);
  });
});
