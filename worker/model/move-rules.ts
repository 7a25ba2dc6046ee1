/**
 * What the software of an old account makes of a Move: whether it sends one, how often, and what it wants to see here first. Read in
 * the source of each (Mastodon 4.7, GoToSocial 0.20, Misskey 2024.9, Pleroma 2.7, Pixelfed 0.12, WordPress ActivityPub 7, Bridgy Fed).
 */

export interface MoveRule {
  /** As people call it. */
  readonly name: string;
  /** `later`: says it will, and does not yet. `unknown`: we have not read it. */
  readonly can: "yes" | "once" | "later" | "no" | "unknown";
  /** Days between two Moves of one account; null: it knows no such time. */
  readonly cooldownDays: number | null;
  /** What it looks at before it sends anybody here. */
  readonly checks: string;
  /** What else its people should know. */
  readonly note: string | null;
}

const FRESH = "It asks for your profile here at that moment, and wants its own id among the aliases.";
const FEDERATES_POSTS = "It knows no Move: its followers stay where they are, and can only follow you again.";

const MASTODON: MoveRule = {
  name: "Mastodon",
  can: "yes",
  cooldownDays: 30,
  checks: FRESH,
  note: "The 30 days count from every Move that was started, also from one that its server did not finish.",
};

const MISSKEY: MoveRule = {
  name: "Misskey",
  can: "once",
  cooldownDays: null,
  checks: FRESH,
  note:
    "An account moves once in its life. Servers of its kind look for the alias once and then not for 14 days, " +
    "so the alias must stand before you press.",
};

const PLEROMA: MoveRule = {
  name: "Pleroma",
  can: "yes",
  cooldownDays: null,
  checks:
    "It wants its own id among the aliases, and may look at a copy of your profile that is up to 24 hours old.",
  note: "Followers come along only where they left that allowed in their own settings.",
};

const PIXELFED: MoveRule = {
  name: "Pixelfed",
  can: "yes",
  cooldownDays: 30,
  checks: "It asks for your profile here past every cache, and wants its own id among the aliases.",
  note: "Only where the server's admin has switched account migration on.",
};

const none = (name: string): MoveRule => ({
  name,
  can: "no",
  cooldownDays: null,
  checks: "",
  note: FEDERATES_POSTS,
});

const RULES: Readonly<Record<string, MoveRule>> = {
  mastodon: MASTODON,
  hometown: { ...MASTODON, name: "Hometown" },
  fedibird: { ...MASTODON, name: "Fedibird" },
  kmyblue: { ...MASTODON, name: "kmyblue" },
  gotosocial: {
    name: "GoToSocial",
    can: "yes",
    cooldownDays: 7,
    checks: `${FRESH} It refuses an account that has itself moved away.`,
    note: "The same Move can be sent again there, should followers be missing.",
  },
  misskey: MISSKEY,
  sharkey: { ...MISSKEY, name: "Sharkey" },
  firefish: { ...MISSKEY, name: "Firefish" },
  iceshrimp: { ...MISSKEY, name: "Iceshrimp" },
  cherrypick: { ...MISSKEY, name: "CherryPick" },
  pleroma: PLEROMA,
  akkoma: { ...PLEROMA, name: "Akkoma" },
  pixelfed: PIXELFED,
  wordpress: {
    name: "WordPress",
    can: "yes",
    cooldownDays: null,
    checks: "It asks for your profile here and wants its own id among the aliases.",
    note: "There is no page for it: the Move is started on the command line.",
  },
  ghost: { ...none("Ghost"), can: "later", note: "Ghost takes accounts in, and can not send one away yet." },
  snac: {
    name: "snac",
    can: "yes",
    cooldownDays: null,
    checks: "It wants its own id among the aliases.",
    note: "The account there is not closed by it. The Move is started on the command line.",
  },
  "bridgy-fed": {
    name: "Bridgy Fed",
    can: "yes",
    cooldownDays: null,
    checks: "It wants its own id among the aliases.",
    note: "Followers in the fediverse move here. With the bridged account its followers on Bluesky come along.",
  },
  bookwyrm: { ...MASTODON, name: "BookWyrm", cooldownDays: null, note: null },
  fedistead: { ...MASTODON, name: "Fedistead", cooldownDays: null, note: null },
  threads: {
    ...none("Threads"),
    can: "later",
    note:
      "Threads sends no Move today. The alias is kept ready for the day it does. Until then only the people who see your new " +
      "address there can follow you here, one by one.",
  },
  lemmy: none("Lemmy"),
  piefed: none("PieFed"),
  mbin: none("Mbin"),
  kbin: none("kbin"),
  peertube: none("PeerTube"),
  mobilizon: none("Mobilizon"),
  writefreely: none("WriteFreely"),
  funkwhale: none("Funkwhale"),
  owncast: none("Owncast"),
};

/** Pixelfed up to this one names the old account as the new one and the other way round, and every server refuses that. */
const PIXELFED_SWAPS = [0, 11, 13];

/** `software` and `version` as NodeInfo says them; "" where it says nothing. */
export function moveRule(software: string, version: string): MoveRule {
  const rule = RULES[software] ?? {
    name: software === "" ? "this software" : software,
    can: "unknown",
    cooldownDays: null,
    checks: "",
    note: "Look in its settings for words like move or migrate.",
  };
  if (software === "pixelfed" && notAbove(version, PIXELFED_SWAPS)) {
    const note =
      "Up to 0.11.13 it sends the Move the wrong way round, and every server refuses that. Ask its admin to update.";
    return { ...rule, can: "no", note };
  }
  return rule;
}

function notAbove(version: string, limit: readonly number[]): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!parts) return false;
  for (const [n, part] of parts.entries()) if (part !== limit[n]) return part < (limit[n] ?? 0);
  return true;
}

/** What a host is known to run that does not say so: Threads has no NodeInfo, and Bridgy Fed's hosts are its own. */
export function softwareOfHost(host: string): string | null {
  if (/^(www\.)?threads\.(net|com)$/.test(host)) return "threads";
  return /(^|\.)brid\.gy$/.test(host) ? "bridgy-fed" : null;
}
