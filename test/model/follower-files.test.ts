import { describe, expect, it } from "vitest";

import type { Listed } from "../../worker/model/listed.ts";
import { readFollowerFile } from "../../worker/moving/lists/follower-file.ts";
import type { ReadList } from "../../worker/moving/lists/read-list.ts";

const read = (text: string): ReadList => readFollowerFile(new TextEncoder().encode(text));

/** Who is in it, short: the address, or the actor id where there is none. */
function people(file: ReadList): string[] {
  if (file.kind === "unreadable") throw new Error(file.problem);
  return file.people.map(({ address, iri }) => address ?? iri ?? "");
}

describe("a follower list in a file", () => {
  it.each<[string, string, string[]]>([
    [
      "GoToSocial's followers.csv",
      "Account address\nalice@a.example\nbob@b.example\n",
      ["alice@a.example", "bob@b.example"],
    ],
    [
      "a table like Mastodon's, with quotes and further columns",
      'Account address,Hide notifications,Note\r\nalice@a.example,true,"says ""hi"", twice\r\nand more"\r\n"bob@b.example",false,\r\n',
      ["alice@a.example", "bob@b.example"],
    ],
    [
      "Misskey's table without a heading",
      "alice@a.example,false\nbob@b.example,true",
      ["alice@a.example", "bob@b.example"],
    ],
    [
      "handles one a line, with and without @, with a mark in front, with blank lines",
      "\uFEFF@alice@a.example\r\n\r\nbob@B.Example\r\n acct:carol@c.example \r\n",
      ["alice@a.example", "bob@b.example", "carol@c.example"],
    ],
    [
      "what a German spreadsheet writes",
      "Name;Handle\nAlice;alice@a.example\nBob;@bob@b.example\n",
      ["alice@a.example", "bob@b.example"],
    ],
    ["tabs, and ends of line of old Macs", "handle\tsince\ralice@a.example\t2020\r", ["alice@a.example"]],
    ["the same person many times", "alice@a.example\nAlice@A.example\n@alice@a.example", ["alice@a.example"]],
    ["profile pages at /@user", "https://a.example/@alice\n", ["alice@a.example"]],
    ["a name in another script", "алиса@пример.рф\n", ["алиса@xn--e1afmkfd.xn--p1ai"]],
    [
      "Pleroma's followers.json",
      JSON.stringify({
        "@context": "https://www.w3.org/ns/activitystreams",
        type: "OrderedCollection",
        orderedItems: ["https://a.example/users/alice", "https://b.example/users/bob"],
      }),
      ["https://a.example/users/alice", "https://b.example/users/bob"],
    ],
    [
      "Pixelfed's followers.json",
      JSON.stringify(["https://pixelfed.example/alice", "https://b.example/users/bob"]),
      ["https://pixelfed.example/alice", "https://b.example/users/bob"],
    ],
    [
      "Sharkey's followers.json",
      '{"metaVersion":1,"host":"k.example","exportedAt":"Sun Nov 22 2026","followers":["alice@a.example",\n"bob@k.example"]}',
      ["alice@a.example", "bob@k.example"],
    ],
    [
      "accounts as an API gives them",
      JSON.stringify([
        { acct: "alice@a.example", uri: "https://a.example/users/alice" },
        { acct: "bob@b.example" },
      ]),
      ["alice@a.example", "bob@b.example"],
    ],
  ])("is understood when it is %s", (_, text, expected) => {
    expect(people(read(text))).toEqual(expected);
  });

  it("keeps actor ids exactly as they are written, because ids are compared letter by letter", () => {
    const file = read(JSON.stringify(["https://A.example/Users/Alice?x=1"]));
    expect(file).toMatchObject({
      kind: "list",
      people: [
        { iri: "https://A.example/Users/Alice?x=1", address: null, host: "a.example" } satisfies
          | Listed
          | object,
      ],
    });
  });

  it("is understood in UTF-16, as spreadsheets save it", () => {
    const text = "\uFEFFAccount address\r\nalice@a.example\r\n";
    const codes = Array.from(text, (char) => char.charCodeAt(0));
    const bytes = new Uint8Array(codes.flatMap((code) => [code & 255, code >> 8]));
    expect(people(readFollowerFile(bytes))).toEqual(["alice@a.example"]);
  });

  it("warns of a table of those the owner follows, which Mastodon exports while it exports no followers", () => {
    const file = read(
      'Account address,Show boosts,Notify on new posts,Languages\nalice@a.example,true,false,"en, fr"\n',
    );
    expect(people(file)).toEqual(["alice@a.example"]);
    expect(file).toMatchObject({ note: expect.stringContaining("those you follow") as string });
  });

  it("takes a hundred thousand people", () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => `user${n}@host${n % 5_000}.example`);
    expect(people(read(`Account address\n${lines.join("\n")}`))).toHaveLength(100_000);
  });
});

describe("a file that is no follower list", () => {
  it.each<[string, string, RegExp]>([
    ["a handle without a host, with its line", "alice@a.example\nbob\n", /^Line 2: “bob” is no handle/],
    [
      "a missing handle, with its line",
      "name,acct\nAlice,alice@a.example\nBob,\n",
      /^Line 3: there is no handle/,
    ],
    [
      "a line after quoted line ends, counted as an editor does",
      'acct,note\nalice@a.example,"one\ntwo"\nbob,\n',
      /^Line 4: “bob”/,
    ],
    ["a table of something else", "Date,Amount\n2026-01-01,12\n", /^Line 1: “Date” is no handle/],
    ["JSON that breaks off", '["https://a.example/users/alice",\n"https:', /no whole JSON file/],
    ["JSON with a mistake, with its line", '["a@a.example",\n"b@b.example",\nnope]', /line 3 is wrong/],
    ["JSON of something else", '{"filters":[]}', /no list of followers/],
    ["an entry that is nobody, with its number", '["a@a.example", 7]', /^Entry 2 .*“7”/],
    ["nobody", "[]", /Nobody is in this list/],
    ["nothing", " \n", /empty/],
    ["an archive", "PK\u0003\u0004...", /Unpack it/],
    [
      "Instagram's followers",
      '[{"title":"","string_list_data":[{"href":"https://www.instagram.com/u","value":"u"}]}]',
      /Instagram or Threads/,
    ],
    ["Threads' followers", '{"text_post_app_text_post_app_followers":[]}', /Instagram or Threads/],
  ])("says so of %s", (_, text, problem) => {
    expect(read(text)).toEqual({ kind: "unreadable", problem: expect.stringMatching(problem) as string });
  });

  it("is refused when it is no text", () => {
    expect(readFollowerFile(new Uint8Array([0x89, 0x50, 0xff, 0xfe, 0x00]))).toMatchObject({
      problem: "This file is no text in UTF-8.",
    });
  });
});
