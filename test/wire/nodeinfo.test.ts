/** NodeInfo 2.0 and 2.1: what crawlers and clients learn of the stead's software. */
import * as v from "valibot";
import { beforeAll, expect, it } from "vitest";

import { ORIGIN, Stead } from "../fediverse/stead.ts";

/** The schema's own rules (nodeinfo.diaspora.software), no property beyond them; 2.1 adds where the software comes from. */
const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)));
const name = v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/));
const link = v.optional(v.string());
const software = {
  "2.0": v.strictObject({ name, version: v.string() }),
  "2.1": v.strictObject({ name, version: v.string(), repository: link, homepage: link }),
};
const schema = (version: "2.0" | "2.1") =>
  v.strictObject({
    version: v.literal(version),
    software: software[version],
    protocols: v.pipe(v.array(v.picklist(["activitypub"])), v.minLength(1)),
    services: v.strictObject({ inbound: v.array(v.string()), outbound: v.array(v.string()) }),
    openRegistrations: v.boolean(),
    usage: v.strictObject({
      users: v.strictObject({ total: count, activeHalfyear: count, activeMonth: count }),
      localPosts: count,
      localComments: count,
    }),
    metadata: v.record(v.string(), v.unknown()),
  });

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});

it("is announced with both versions, for Phanpy and Tuba read 2.0 only", async () => {
  const answer = await stead.fetch("/.well-known/nodeinfo");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("access-control-allow-origin")).toBe("*");
  expect(await answer.json()).toEqual({
    links: [
      { rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: `${ORIGIN}/nodeinfo/2.0` },
      { rel: "http://nodeinfo.diaspora.software/ns/schema/2.1", href: `${ORIGIN}/nodeinfo/2.1` },
    ],
  });
});

it.each(["2.0", "2.1"] as const)(
  "version %s is what its schema says, with the profile in its type",
  async (version) => {
    const answer = await stead.fetch(`/nodeinfo/${version}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe(
      `application/json; profile="http://nodeinfo.diaspora.software/ns/schema/${version}#"; charset=utf-8`,
    );
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    const body = v.parse(schema(version), await answer.json());
    expect(body.software.name).toBe("fedistead");
    expect(body.openRegistrations).toBe(false);
    expect(body.usage.users.total).toBe(1);
  },
);

it("counts the posts that everyone may see", async () => {
  await stead.publishes("One");
  await stead.publishes("Two", { visibility: "followers" });
  const { usage } = v.parse(schema("2.0"), await stead.getJson("/nodeinfo/2.0"));
  expect(usage.localPosts).toBe(1);
});

it("knows no other version", async () => {
  expect((await stead.fetch("/nodeinfo/1.0")).status).toBe(404);
});
