/** The stead as Mastodon's `Instance`, in the form of today (v2) and in the older one that Tuba, toot and others still ask for. */
import type { Ctx } from "../../kernel/ctx.ts";
import { API_VERSION, API_VERSIONS, configurationOf } from "../limits.ts";
import { pictureUrl, toOwnAccount, type OwnAccount } from "./account.ts";

const LANGUAGES = ["en"];

/** Without a path: Ice Cubes keeps the host alone. */
const streaming = (ctx: Ctx): string => ctx.stead.origin.replace(/^http/, "ws");
const describe = (own: OwnAccount): string =>
  `The stead of ${own.profile.name}, one person's own place in the fediverse.`;

/** `vapidKey` is what apps subscribe to pushes with; "": there are none. */
export function toInstance(ctx: Ctx, own: OwnAccount, vapidKey: string) {
  return {
    /** What stands after the @, as Mastodon means it: apps write the owner's handle with it. */
    domain: ctx.stead.handleDomain,
    title: ctx.stead.handleDomain,
    version: API_VERSION,
    api_versions: API_VERSIONS,
    source_url: "https://github.com/fedistead/fedistead",
    description: describe(own),
    usage: { users: { active_month: 1 } },
    thumbnail: { url: pictureUrl(own.profile, "header"), blurhash: null, versions: {} },
    icon: [],
    languages: LANGUAGES,
    configuration: {
      urls: { streaming: streaming(ctx) },
      vapid: { public_key: vapidKey },
      translation: { enabled: false },
      limited_federation: false,
      ...configurationOf(ctx),
    },
    registrations: {
      enabled: false,
      approval_required: false,
      reason_required: false,
      message: null,
      min_age: null,
      url: null,
    },
    /** Ice Cubes and Tusky do without neither; an e-mail address the owner need not have. */
    contact: { email: "", account: toOwnAccount(ctx, own) },
    rules: [],
  };
}

export function toInstanceV1(ctx: Ctx, own: OwnAccount) {
  return {
    uri: ctx.stead.handleDomain,
    title: ctx.stead.handleDomain,
    short_description: describe(own),
    description: describe(own),
    email: "",
    version: API_VERSION,
    /** Pinafore reads it before anything else, and streams nowhere when it is missing. */
    urls: { streaming_api: streaming(ctx) },
    stats: { user_count: 1, status_count: own.numbers.posts, domain_count: 0 },
    thumbnail: pictureUrl(own.profile, "header"),
    languages: LANGUAGES,
    registrations: false,
    approval_required: false,
    invites_enabled: false,
    configuration: configurationOf(ctx),
    contact_account: toOwnAccount(ctx, own),
    rules: [],
  };
}
