/** boot.{ivory,icecubes,android,ios,tusky,tuba}: what apps on a phone or a desk ask when they start, in order. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { Start, livedIn } from "./boot.ts";
import type { Json } from "./client.ts";

const HOST = new URL(ORIGIN).host;

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
  await livedIn(stead);
}, 30_000);
afterAll(() => stead.settle());

const types = (name: "types" | "exclude_types", ...kinds: readonly string[]) =>
  kinds.map((kind) => `${name}[]=${kind}`).join("&");

/**
 * Its source is closed. What it asks: the list in github.com/jointakahe/takahe issue 473 (2023-01-25) and github.com/superseriousbusiness/gotosocial
 * issues 1339 and 1384 (2023-01); where it comes back to: github.com/akirk/enable-mastodon-apps issues 11 and 24.
 */
it("boot.ivory", async () => {
  const ivory = new Start(stead, {
    origin: null,
    name: "Ivory for iOS",
    redirect: "com.tapbots.Ivory.10217:/request_token/8F1C9B7E-6A52-4C1B-9B0F-0B4A7D6E5F31",
    registers: "form",
    redeems: "form",
  });
  await ivory.signsIn();
  await ivory.learnsWhose();
  const { body } = await ivory.ask("/api/v1/timelines/home?limit=40", bearer(ivory));
  const [newest] = body as unknown as Json[];
  await ivory.asks(
    `/api/v1/accounts/${ivory.own}`,
    "/api/v2/instance",
    "/api/v1/preferences",
    `/api/v1/timelines/home?limit=40&min_id=${String(newest!["id"])}`,
    "/api/v1/lists",
    `/api/v1/accounts/${ivory.own}/statuses?exclude_reblogs=1&limit=40`,
    `/api/v1/notifications?limit=100&since_id=1700000000000000&${types("types", "mention", "status", "reblog", "follow", "follow_request", "favourite", "poll", "update").replaceAll("[]", "%5B%5D")}`,
    "/api/v1/notifications?limit=30&types%5B%5D=mention",
  );
});

/** Source: github.com/Dimillian/IceCubesApp at 0fc41d2c (2026-03-06), Packages/{Env,NetworkClient,Timeline,Notifications}, AddAccountsView. */
it("boot.icecubes", async () => {
  const cubes = new Start(stead, {
    origin: null,
    name: "IceCubesApp",
    redirect: "icecubesapp://",
    registers: "json",
    redeems: "json",
    brings: { scope: "read write follow push" },
  });
  // Not decoded, it says that the server is not supported.
  const { body: instance } = await cubes.ask("/api/v2/instance");
  const version = Number.parseFloat(String(instance["version"]).slice(0, 3));
  expect(version).toBeGreaterThanOrEqual(4);
  await cubes.signsIn();
  await cubes.learnsWhose();
  await cubes.asks(
    "/api/v2/instance",
    "/api/v1/instance/peers",
    "/api/v1/lists",
    "/api/v1/followed_tags",
    "/api/v1/follow_requests",
    "/api/v1/preferences",
  );
  await cubes.listens("subprotocol");
  await cubes.asks(
    "/api/v1/timelines/home?limit=50",
    "/api/v1/markers?timeline[]=home&timeline[]=notifications",
    // Grouped ones from 4.3 on.
    ...(version >= 4.3
      ? ["/api/v2/notifications?grouped_types[]=favourite&grouped_types[]=follow&expand_accounts=full"]
      : ["/api/v1/notifications?limit=30"]),
    "/api/v2/notifications/policy",
  );
  await cubes.sends("/api/v1/markers", "POST", "json", {
    home: { last_read_id: "1700000000000000" },
  });
  await cubes.findsNone("/api/v1/push/subscription");
});

/** Every kind the app has a name for, and one that is the name of its own fallback. */
const ANDROID_KINDS =
  "follow follow_request mention reblog favourite poll status update severed_relationships moderation_warning quote quoted_update admin.sign_up admin.report FALLBACK added_to_collection collection_update".split(
    " ",
  );

/** Source: github.com/mastodon/mastodon-android at 24ab4a0c5 (2026-08-20, after 2.13.2), OAuthActivity, AccountSessionManager, HomeFragment. */
it("boot.android", async () => {
  const { body: instance } = await new Start(stead, {
    origin: null,
    name: "",
    redirect: "",
    registers: "json",
    redeems: "json",
  }).ask("/api/v2/instance");
  const api = Number((instance["api_versions"] as Json | undefined)?.["mastodon"] ?? 0);
  const android = new Start(stead, {
    origin: null,
    name: "Mastodon for Android",
    redirect: "org.joinmastodon.android-auth://callback",
    registers: "json",
    redeems: "json",
    pkce: api >= 3,
  });
  await android.signsIn();
  await android.learnsWhose();
  const every = types("types", ...ANDROID_KINDS);
  await android.asks(
    "/api/v1/custom_emojis",
    "/api/v1/timelines/home?limit=20",
    ...(api >= 2
      ? [
          `/api/v2/notifications/unread_count?grouped_types[]=favourite&grouped_types[]=reblog&grouped_types[]=follow&${types("exclude_types", "admin.report", "admin.sign_up")}`,
        ]
      : [
          "/api/v1/markers?timeline[]=home&timeline[]=notifications",
          `/api/v1/notifications?limit=40&${every}`,
        ]),
    "/api/v1/preferences",
    "/api/v1/lists",
    "/api/v1/followed_tags?limit=200",
    "/api/v1/filters",
    "/api/v1/notifications/policy",
  );
});

/** Source: github.com/mastodon/mastodon-ios at a9e088a9c (2024-10-23, 2024.11): Onboarding, MastodonCore/Service. */
it("boot.ios", async () => {
  const ios = new Start(stead, {
    origin: null,
    name: "Mastodon for iOS",
    redirect: "mastodon://joinmastodon.org/oauth",
    registers: "json",
    redeems: "json",
    brings: { scope: "read write follow push" },
  });
  await ios.signsIn();
  await ios.learnsWhose();
  await ios.asks(
    "/api/v1/instance",
    "/api/v2/instance",
    "/api/v1/instance/translation_languages",
    `/api/v1/accounts/${ios.own}/following`,
    "/api/v1/blocks",
    "/api/v1/follow_requests",
    "/api/v1/filters",
    "/api/v1/timelines/home?limit=100",
    `/api/v1/notifications?${types("types", "follow", "follow_request", "mention", "reblog", "favourite", "poll", "status", "moderation_warning")}`,
    `/api/v1/notifications?${types("types", "mention")}&${types("exclude_types", "follow", "follow_request", "reblog", "favourite", "poll")}`,
    "/api/v1/lists",
    `/api/v1/accounts/${ios.own}`,
  );
});

/** Source: github.com/tuskyapp/Tusky at 43ae0bb45 (2025-05-23, 29.0): LoginActivity, MainViewModel, MastodonApi, the mediators. */
it("boot.tusky", async () => {
  const tusky = new Start(stead, {
    origin: null,
    name: "Tusky",
    redirect: "oauth2redirect://com.keylesspalace.tusky/",
    registers: "form",
    redeems: "form",
  });
  await tusky.signsIn();
  await tusky.learnsWhose();
  await tusky.learnsWhose();
  await tusky.asks(
    "/api/v1/announcements",
    "/api/v2/instance",
    "/api/v1/custom_emojis",
    "/api/v2/filters",
    "/api/v1/timelines/home?limit=30",
    "/api/v1/notifications?limit=30",
    "/api/v1/markers?timeline[]=notifications",
    "/api/v2/notifications/policy",
  );
  // It goes on with min_id as long as a Link leads to newer ones: an empty page must not have one.
  const { body } = await tusky.ask("/api/v1/notifications", bearer(tusky));
  const [newest] = body as unknown as Json[];
  expect(newest).toBeDefined();
  const last = await tusky.ask(`/api/v1/notifications?min_id=${String(newest!["id"])}`, bearer(tusky));
  expect([last.body, last.headers.get("link")]).toEqual([[], null]);
  await tusky.sends("/api/v1/markers", "POST", "form", {
    "notifications[last_read_id]": String(newest!["id"]),
  });
});

/** Source: github.com/GeopJr/Tuba at 8fa489ca (2026-08-18, after 0.11.0): NewAccount, AccountStore, InstanceAccount, Views. */
it.each(["tuba://auth_code", "urn:ietf:wg:oauth:2.0:oob"])("boot.tuba, back by %s", async (redirect) => {
  const tuba = new Start(stead, {
    origin: null,
    name: "Tuba",
    redirect,
    registers: "multipart",
    redeems: "multipart",
  });
  // Without links in it, the app says that the server is none.
  const { links } = JSON.parse(await tuba.reads("/.well-known/nodeinfo")) as { links: Json[] };
  expect(links.map(({ rel }) => rel)).toContain("http://nodeinfo.diaspora.software/ns/schema/2.0");
  JSON.parse(await tuba.reads("/nodeinfo/2.0"));
  await tuba.signsIn();
  await tuba.learnsWhose();
  await tuba.asks(
    "/api/v1/instance",
    "/api/v1/custom_emojis",
    "/api/v1/lists",
    "/api/v1/announcements",
    "/api/v1/markers?timeline[]=notifications",
    // It reads the marker into 32 bits, where an id of ours is not what it was.
    "/api/v1/notifications?min_id=-1",
    "/api/v2/instance",
    "/api/v1/timelines/home?limit=20",
  );
  await tuba.listens("query", "user");
  await tuba.listens("query", "user:notification");
  expect(links[0]!["href"]).toContain(HOST);
});

function bearer(start: Start): RequestInit {
  return { headers: { authorization: `Bearer ${start.token}` } };
}
