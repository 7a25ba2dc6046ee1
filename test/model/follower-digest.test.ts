import { describe, expect, it } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import {
  EMPTY_DIGEST,
  followersDigest,
  readSyncHeader,
  writeSyncHeader,
} from "../../worker/model/follower-digest.ts";

describe("the digest of a part of a followers collection", () => {
  it("is the XOR of the SHA-256 of each id, as in the example of FEP-8fcf", async () => {
    const ids = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"];
    expect(await followersDigest(ids.slice(0, 1))).toBe(
      "3a06e99569547f444c352ab7f52e4bab207abec5ca6f07b0045cfdc9723f8fa9",
    );
    expect(await followersDigest(ids.slice(1))).toBe(
      "f939a1585d4a8f02ee339210dbe7315d7003476663d6095f7d996fc4bc7a49b6",
    );
    const both = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f";
    expect(await followersDigest(ids)).toBe(both);
    expect(await followersDigest(ids.toReversed())).toBe(both);
  });

  it("is all zeros for nobody, and takes a name out by adding it again, which is why ids must come once", async () => {
    expect(await followersDigest([])).toBe(EMPTY_DIGEST);
    expect(await followersDigest(["https://a.test/1", "https://a.test/1"])).toBe(EMPTY_DIGEST);
  });

  it("is the same however many are hashed side by side", async () => {
    const ids = Array.from({ length: 1_203 }, (_, n) => `https://big.test/users/${n}`);
    const parts = await Promise.all([followersDigest(ids.slice(0, 700)), followersDigest(ids.slice(700))]);
    const xor = (a: string, b: string) =>
      Array.from({ length: 64 }, (_, n) =>
        (Number.parseInt(a[n]!, 16) ^ Number.parseInt(b[n]!, 16)).toString(16),
      ).join("");
    expect(await followersDigest(ids)).toBe(xor(parts[0], parts[1]));
  });
});

describe("the header Collection-Synchronization", () => {
  const header = {
    collection: "https://example.org/users/1/followers" as Iri,
    url: "https://example.org/users/1/followers_synchronization" as Iri,
    digest: "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f",
  };

  it("is written as in the example of FEP-8fcf", () => {
    expect(writeSyncHeader(header)).toBe(
      'collectionId="https://example.org/users/1/followers", url="https://example.org/users/1/followers_synchronization", digest="c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"',
    );
    expect(readSyncHeader(writeSyncHeader(header))).toEqual(header);
  });

  it("is read in Mastodon's order, without spaces, and with parameters we do not know", () => {
    const { collection, url, digest } = header;
    expect(
      readSyncHeader(`collectionId="${collection}", digest="${digest.toUpperCase()}", url="${url}"`),
    ).toEqual(header);
    expect(readSyncHeader(`new="1",digest="${digest}",url="${url}",collectionId="${collection}"`)).toEqual(
      header,
    );
  });

  it.each([
    ["nothing", ""],
    ["a part that is missing", `collectionId="${header.collection}", url="${header.url}"`],
    ["a digest of another length", writeSyncHeader({ ...header, digest: "c33f" })],
    ["a digest that is no hex", writeSyncHeader({ ...header, digest: "g".repeat(64) })],
    ["a digest said twice", `${writeSyncHeader(header)}, digest="${EMPTY_DIGEST}"`],
    ["a url that is none", writeSyncHeader({ ...header, url: "javascript:1" as Iri })],
    ["values without quotes", writeSyncHeader(header).replaceAll('"', "")],
    ["what is too long", `${writeSyncHeader(header)}, more="${"x".repeat(5_000)}"`],
  ])("is not read when it is %s", (_, text) => {
    expect(readSyncHeader(text)).toBeNull();
  });

  it("takes no time over a hostile one", () => {
    const started = performance.now();
    expect(readSyncHeader(`${" ".repeat(4_000)}x`)).toBeNull();
    expect(readSyncHeader('a="",'.repeat(800))).toBeNull();
    expect(performance.now() - started).toBeLessThan(50);
  });
});
