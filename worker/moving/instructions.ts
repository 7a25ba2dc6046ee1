/** Where Move is pressed at the old account, by its software; and what no Move brings along. */

export interface Instructions {
  readonly steps: readonly string[];
  /** Where it says so itself; null where we know no page. */
  readonly page: string | null;
}

export interface Who {
  /** `@user@host` of the stead. */
  readonly handle: string;
  readonly actor: string;
  /** `user@host`. */
  readonly oldHandle: string;
  readonly oldActor: string;
}

type Writer = (who: Who) => readonly string[];

const mastodon: Writer = ({ handle }) => [
  "Open Preferences, then Account, and at its end Moving to a different account.",
  `Write ${handle} as the new account, and your password there.`,
  "Press Move followers.",
];

const misskey: Writer = ({ handle }) => [
  "Open Settings, then Other settings, then Account migration.",
  `Under moving this account to another one, write ${handle}.`,
  "Read it again: it can not be taken back, and an account moves once only. Then confirm.",
];

const pleroma: Writer = ({ handle }) => [
  "Open Settings, then Security, and there Move account.",
  `Write ${handle.slice(1)} as the new account, and your password there.`,
  "Press Save.",
];

const none: Writer = ({ handle }) => [
  "There is nothing to press: it can not send its followers anywhere.",
  `Write ${handle} into its profile and into a last post, so that people find you and follow you here.`,
];

const WRITERS: Readonly<Record<string, Writer>> = {
  mastodon,
  hometown: mastodon,
  fedibird: mastodon,
  kmyblue: mastodon,
  misskey,
  sharkey: misskey,
  firefish: misskey,
  iceshrimp: misskey,
  cherrypick: misskey,
  pleroma,
  akkoma: pleroma,
  gotosocial: ({ actor }) => [
    "Open the settings panel at /settings, then Migration.",
    `Under Move account, write ${actor} as the target. The handle is not taken there.`,
    "Write your password there and press Move account.",
  ],
  pixelfed: ({ handle }) => [
    "Open Settings, and there Migrate to another account. Where that is missing, the server's admin has to switch migration on.",
    `Write ${handle.slice(1)} as the new account, and your password there.`,
    "Confirm, and give it some hours.",
  ],
  wordpress: ({ oldActor, actor }) => [
    "There is no page for it. Where the site runs, call:",
    `wp activitypub move ${oldActor} ${actor}`,
  ],
  snac: ({ oldHandle, actor }) => [
    "Where snac runs, with the folder of its data in place of DIR, call:",
    `snac alias DIR ${oldHandle.split("@")[0] ?? ""} ${actor}`,
    `snac migrate DIR ${oldHandle.split("@")[0] ?? ""}`,
  ],
  "bridgy-fed": ({ handle }) => [
    "Sign in at Bounce (bounce.so) with your Bluesky account.",
    `Choose to move your bridged account, and ${handle} as where it goes.`,
    "Your followers in the fediverse move here, and the bridged copy on Bluesky is handed to this account.",
  ],
  bookwyrm: ({ handle }) => [
    "Open Settings, then Move Account.",
    `Write ${handle.slice(1)} as the new account, and your password there.`,
  ],
  fedistead: ({ handle }) => [
    "Open Move out there.",
    `Write ${handle}, and confirm with your password there.`,
  ],
  ghost: none,
  threads: ({ handle }) => [
    "There is nothing to press today: Threads sends its followers nowhere.",
    `Write ${handle} into your profile there. People who turned sharing with the fediverse on can search for it and follow you.`,
    "The alias stays. The day Threads can move accounts, this one is ready.",
  ],
  lemmy: none,
  piefed: none,
  mbin: none,
  kbin: none,
  peertube: none,
  mobilizon: none,
  writefreely: none,
  funkwhale: none,
  owncast: none,
};

const unknown: Writer = ({ handle, actor }) => [
  "Look in its settings for Move or Migrate.",
  `Write ${handle} as the new account. Where that is not taken, write ${actor}.`,
];

export function instructions(software: string, who: Who): Instructions {
  const { origin, host } = new URL(who.oldActor);
  const page: Readonly<Record<string, string>> = {
    mastodon: `${origin}/settings/migration`,
    hometown: `${origin}/settings/migration`,
    gotosocial: `${origin}/settings`,
    pixelfed: `${origin}/settings/account/migration/manage`,
    misskey: `${origin}/settings/migration`,
    sharkey: `${origin}/settings/migration`,
    "bridgy-fed": "https://bounce.so/",
  };
  const known = host === "" ? null : (page[software] ?? null);
  return { steps: (WRITERS[software] ?? unknown)(who), page: known };
}

/** What stays behind whatever is pressed, said before it is pressed. */
export const STAYS_BEHIND: readonly string[] = [
  "Your posts, their likes and boosts, and your direct messages stay where they are. Keep an export of the old account.",
  "Whom you follow, your lists, mutes and blocks are not moved either: export them there.",
  "Followers on servers that know no Move (Lemmy, PeerTube, some old ones) stay at the old account. So do those who are blocked, or whose server is.",
  "Followers on Threads, Instagram or X can not be moved by anybody. They can only follow you here themselves.",
  "Most servers send an account's followers once, and then not again for days: 30 at Mastodon, 7 at GoToSocial.",
];
