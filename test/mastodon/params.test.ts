import { describe, expect, it } from "vitest";

import { Params, readParams } from "../../worker/mastodon/params.ts";

const URL_HERE = "https://me.test/api/v1/x";

async function read(
  init: RequestInit & { query?: string; untyped?: boolean },
  max?: number,
): Promise<Params> {
  const request = new Request(URL_HERE + (init.query ?? ""), { method: "POST", ...init });
  if (init.untyped) request.headers.delete("content-type");
  const outcome = await readParams(request, max);
  if (outcome.kind !== "params") throw new Error(outcome.kind);
  return outcome.params;
}

const typed = (body: string, type: string) => read({ body, headers: { "content-type": type } });
const urlencoded = (body: string) => typed(body, "application/x-www-form-urlencoded");
const json = (data: unknown) => typed(JSON.stringify(data), "application/json");
const multipart = (...entries: [string, string][]) => {
  const body = new FormData();
  for (const [name, value] of entries) body.append(name, value);
  return read({ body });
};

describe("the same thing, however an app writes it", () => {
  it.each<[string, () => Promise<Params>]>([
    ["urlencoded", () => urlencoded("name=a&id[]=1&id[]=2&deep[x][y]=z")],
    [
      "urlencoded, with the brackets escaped",
      () => urlencoded("name=a&id%5B%5D=1&id%5B%5D=2&deep%5Bx%5D%5By%5D=z"),
    ],
    ["a repeated name", () => urlencoded("name=a&id=1&id=2&deep[x][y]=z")],
    ["multipart", () => multipart(["name", "a"], ["id[]", "1"], ["id[]", "2"], ["deep[x][y]", "z"])],
    ["JSON", () => json({ name: "a", id: ["1", "2"], deep: { x: { y: "z" } } })],
    ["JSON with numbers", () => json({ name: "a", id: [1, 2], deep: { x: { y: "z" } } })],
    [
      "JSON with a charset",
      () => typed('{"name":"a","id":[1,2],"deep":{"x":{"y":"z"}}}', "application/json; charset=UTF-8"),
    ],
    ["JSON that says it is text", () => read({ body: '{"name":"a","id":[1,2],"deep":{"x":{"y":"z"}}}' })],
    [
      "JSON without a type",
      () => read({ body: '{"name":"a","id":[1,2],"deep":{"x":{"y":"z"}}}', untyped: true }),
    ],
    ["a form without a type", () => read({ body: "name=a&id[]=1&id[]=2&deep[x][y]=z", untyped: true })],
    ["the query", () => read({ query: "?name=a&id[]=1&id[]=2&deep[x][y]=z" })],
    [
      "query and body together",
      () => read({ query: "?name=a&id[]=1&id[]=2", body: new URLSearchParams("deep[x][y]=z") }),
    ],
    ["the query of a GET", () => read({ method: "GET", query: "?name=a&id[]=1&id[]=2&deep[x][y]=z" })],
  ])("is read from %s", async (_, sent) => {
    const params = await sent();
    expect(params.raw("name")).toBe("a");
    expect(params.texts("id")).toEqual(["1", "2"]);
    expect(params.within("deep")?.within("x")?.raw("y")).toBe("z");
    expect([
      params.has("name"),
      params.has("nothing"),
      params.raw("nothing"),
      params.text("nothing"),
    ]).toEqual([true, false, "", null]);
  });

  it.each<[string, () => Promise<Params>]>([
    ["numbered", () => urlencoded("f[0][name]=A&f[0][value]=1&f[1][name]=B&f[1][value]=2")],
    ["numbered, out of order", () => urlencoded("f[10][name]=B&f[2][name]=A&f[10][value]=2&f[2][value]=1")],
    ["unnumbered", () => urlencoded("f[][name]=A&f[][value]=1&f[][name]=B&f[][value]=2")],
    [
      "numbered in multipart",
      () => multipart(["f[0][name]", "A"], ["f[0][value]", "1"], ["f[1][name]", "B"], ["f[1][value]", "2"]),
    ],
    [
      "a list in JSON",
      () =>
        json({
          f: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
        }),
    ],
    [
      "an object with numbers in JSON",
      () => json({ f: { 1: { name: "B", value: 2 }, 0: { name: "A", value: 1 } } }),
    ],
  ])("takes a list of nested ones that is %s", async (_, sent) => {
    const list = (await sent()).list("f");
    expect(list.map((one) => [one.raw("name"), one.raw("value")])).toEqual([
      ["A", "1"],
      ["B", "2"],
    ]);
  });

  it.each([
    ["1", true],
    ["true", true],
    ["True", true],
    ["on", true],
    ["yes", true],
    ["0", false],
    ["false", false],
    ["False", false],
    ["off", false],
    ["", null],
  ])("reads %j as %j", async (sent, meant) => {
    expect((await urlencoded(`flag=${sent}`)).flag("flag")).toBe(meant);
  });

  it("reads JSON's own true, false and null as what they are", async () => {
    const params = await json({ yes: true, no: false, nothing: null });
    expect([params.flag("yes"), params.flag("no"), params.flag("nothing"), params.flag("missing")]).toEqual([
      true,
      false,
      null,
      null,
    ]);
  });

  it("keeps a number within its bounds, and takes none for what is no number", async () => {
    const bounds = { min: 1, max: 40, otherwise: 20 };
    const params = await urlencoded("a=5&b=500&c=-3&d=ten&e=&f=9e9");
    expect(["a", "b", "c", "d", "e", "f", "g"].map((name) => params.number(name, bounds))).toEqual([
      5, 40, 1, 20, 20, 20, 20,
    ]);
  });

  it("gives the last of several where one is wanted, and lets the body stand before the query", async () => {
    const params = await read({ query: "?a=query&b=query", body: new URLSearchParams("a=1&a=2") });
    expect([params.raw("a"), params.raw("b")]).toEqual(["2", "query"]);
  });

  it("keeps secrets as they are, and cleans what will be shown", async () => {
    const params = await json({ text: "a\r\nb\u0000\u202e" });
    expect([params.raw("text"), params.text("text")]).toEqual(["a\r\nb\u0000\u202e", "a\nb"]);
  });

  it("tells a file from a text that stands in its place", async () => {
    const body = new FormData();
    body.append("avatar", new File(["x"], "a.png", { type: "image/png" }));
    body.append("header", "not a file");
    body.append("empty", new File([], ""));
    const params = await read({ body });
    expect(await params.file("avatar")?.text()).toBe("x");
    expect([params.file("header"), params.file("empty"), params.file("missing")]).toEqual([null, null, null]);
    expect(params.raw("avatar")).toBe("");
  });
});

describe("what nobody sends who means well", () => {
  const outcome = async (body: BodyInit, type: string, max?: number) =>
    (
      await readParams(
        new Request(URL_HERE, { method: "POST", body, headers: { "content-type": type } }),
        max,
      )
    ).kind;

  it.each([
    ["broken JSON", '{"a":', "application/json"],
    ["JSON that is a list", "[1]", "application/json"],
    ["JSON that is a text", '"a"', "application/json"],
    ["JSON nested twenty deep", `${'{"a":'.repeat(20)}1${"}".repeat(20)}`, "application/json"],
    [
      "JSON lists nested ten thousand deep",
      `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      "application/json",
    ],
    ["names nested twenty deep", `a${"[b]".repeat(20)}=1`, "application/x-www-form-urlencoded"],
    [
      "two thousand names",
      Array.from({ length: 2_000 }, (_, n) => `a${n}=1`).join("&"),
      "application/x-www-form-urlencoded",
    ],
    ["multipart without a boundary", "abc", "multipart/form-data"],
    ["multipart that breaks off", "--x\r\nContent-Disp", "multipart/form-data; boundary=x"],
  ])("%s is unreadable, and no fault", async (_, body, type) => {
    expect(await outcome(body, type)).toBe("unreadable");
  });

  it("is not read beyond its size", async () => {
    expect(await outcome("a".repeat(300_000), "application/x-www-form-urlencoded")).toBe("too-large");
    expect(await outcome("a".repeat(300_000), "application/x-www-form-urlencoded", 1_000_000)).toBe("params");
  });

  it.each(["__proto__[polluted]=1", "constructor[prototype][polluted]=1", "a[__proto__][polluted]=1"])(
    "%s names nothing but itself",
    async (body) => {
      const params = await urlencoded(body);
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      expect(params.has("toString")).toBe(false);
    },
  );

  it("JSON's __proto__ names nothing but itself", async () => {
    const params = await typed('{"__proto__":{"polluted":1},"a":{"__proto__":{"b":1}}}', "application/json");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(params.has("polluted")).toBe(false);
  });

  it("is taken as it is written when its brackets make no sense", async () => {
    const params = await urlencoded("a[=1&b]=2&[c]=3&a[]b=4&=5");
    expect(["a[", "b]", "[c]", "a[]b"].map((name) => params.raw(name))).toEqual(["1", "2", "3", "4"]);
  });

  it("does not mix a text with what is nested under the same name", async () => {
    const params = await urlencoded("a=1&a[b]=2&c[d]=1&c=2");
    expect(params.within("a")?.raw("b")).toBe("2");
    expect(params.within("c")?.raw("d")).toBe("1");
  });

  it("empty JSON is no parameters", async () => {
    expect(await outcome("", "application/json")).toBe("params");
  });
});
