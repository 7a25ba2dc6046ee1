/**
 * What the servers of followers look at before they send anybody here, decided over what a cold look at ourselves found. Pure. Each check
 * says who makes it: Mastodon, GoToSocial, Misskey, Pleroma, Pixelfed, WordPress, Ghost, or the platform.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Probe } from "../store/probes.ts";
import { asText, idOf, isObject, list } from "../vocab/read.ts";
import { challenged, describeAnswer, soundsChallenged, type Got, type Self } from "./self.ts";

export interface Check {
  readonly id: string;
  readonly name: string;
  /** `wait`: not now, but it passes by itself or with a word to somebody. */
  readonly result: "ok" | "wait" | "fail";
  /** What was seen, in a sentence. */
  readonly saw: string;
  /** Who looks at it. */
  readonly by: string;
  /** What to do; "" where nothing is to be done. */
  readonly cure: string;
}

export interface Facts {
  readonly origin: string;
  readonly actor: Iri;
  readonly handle: string;
  readonly handleDomain: string;
  readonly self: Self;
  readonly probe: Probe | null;
  /** It waits for the owner to let it in. */
  readonly probeWaits: boolean;
  readonly locked: boolean;
  /** The door stands open for everybody, for those on the list, or for nobody who does not ask. */
  readonly door: "everybody" | "expected" | null;
  readonly secretFits: boolean;
  /** How many old accounts point here. */
  readonly accounts: number;
  readonly plan: "free" | "paid";
  /** How many may come. */
  readonly expected: number;
  readonly now: UnixMs;
}

const EVERYBODY = "every server";

/** All but what is about one old account: that is in `account-checks.ts`. */
export function checks(facts: Facts): Check[] {
  return [
    secret(facts),
    pointed(facts),
    front(facts),
    ...documents(facts),
    caching(facts),
    query(facts),
    notMoved(facts),
    door(facts),
    webfinger(facts),
    hostMeta(facts),
    inboxes(facts),
    accept(facts),
    plan(facts),
  ];
}

export type Verdict = Pick<Check, "result" | "saw" | "cure">;

export const ok = (saw: string): Verdict => ({ result: "ok", saw, cure: "" });
export const wait = (saw: string, cure: string): Verdict => ({ result: "wait", saw, cure });
export const fail = (saw: string, cure: string): Verdict => ({ result: "fail", saw, cure });
export const check = (id: string, name: string, by: string, verdict: Verdict): Check => ({
  id,
  name,
  by,
  ...verdict,
});

function secret({ secretFits }: Facts): Check {
  const verdict = secretFits
    ? ok("It opens your keys.")
    : fail("It does not open your keys.", "Put the INSTANCE_SECRET back that this stead was claimed with.");
  return check("secret", "The secret of this stead fits", "you", verdict);
}

function pointed({ accounts }: Facts): Check {
  const verdict =
    accounts > 0
      ? ok(`${accounts} of yours.`)
      : fail("No old account points here.", "Point your old account here first.");
  return check("pointed", "An old account points here", EVERYBODY, verdict);
}

const CLEAR_THE_WAY =
  "On Cloudflare, switch Bot Fight Mode and Under Attack Mode off for this domain, and let no firewall rule, country block or " +
  "rate limit stand before /inbox, /actor and /.well-known. Bot Fight Mode has no exceptions on the Free plan: off is the only way.";

/** A page for people or a refusal where a machine asked: each such answer to a Follow is a follower lost for good. */
function front({ self, probe }: Facts): Check {
  const gots = [self.actor, self.signed, self.busted, self.webfinger, self.hostMeta];
  const held = gots.find((got) => REFUSALS.has(got.status) || challenged(got) !== null);
  const refused = probe && (REFUSALS.has(probe.followed ?? 0) || soundsChallenged(probe.detail ?? ""));
  const told = held ? describeAnswer(held) : refused ? probe.detail : null;
  const verdict =
    told === null ? ok("Our own requests came through.") : fail(`Our own request: ${told}.`, CLEAR_THE_WAY);
  return check(
    "front",
    "Nothing stands in front of the door",
    "Mastodon, GoToSocial, Misskey, Pixelfed",
    verdict,
  );
}

const REFUSALS: ReadonlySet<number> = new Set([403, 429, 503]);

function documents({ self, actor }: Facts): Check[] {
  const isActor = (got: Got) => got.status === 200 && idOf(got.json?.["id"]) === actor;
  const served = (got: Got, how: string) =>
    isActor(got)
      ? ok(`${how}, your profile is there.`)
      : fail(
          `${how}, your profile ${describeAnswer(got)}.`,
          `Open ${actor} and see what answers in its place.`,
        );
  const { type } = self.actor;
  const typed =
    type === "application/activity+json"
      ? ok(`It is ${type}.`)
      : fail(`It is ${type || "of no type"}.`, "Let nothing on the way change the type of what we answer.");
  return [
    check(
      "unsigned",
      "Your profile is there for everybody",
      EVERYBODY,
      served(self.actor, "Asked without a signature"),
    ),
    check(
      "signed",
      "Your profile is there for who signs",
      "GoToSocial, Mastodon in secure mode",
      served(self.signed, "Asked with a signature"),
    ),
    check("type", "Its type is right", "Mastodon, GoToSocial", typed),
  ];
}

/** A stale alias costs Misskey's followers 14 days, and Pleroma's one. */
function caching({ self }: Facts): Check {
  const { headers } = self.actor;
  const fromCache =
    headers["age"] !== undefined || /^(hit|stale|revalidated)$/i.test(headers["cf-cache-status"] ?? "");
  const says = headers["cache-control"] ?? "nothing";
  const cure = "Remove cache rules for /actor and /.well-known on Cloudflare, and any other cache in front.";
  const verdict = fromCache
    ? fail("It came out of a cache.", cure)
    : !/\bno-(cache|store)\b/.test(says)
      ? fail(`Its Cache-Control says ${says}.`, cure)
      : headers["etag"] === undefined
        ? fail("It has no ETag.", "Let nothing on the way take headers away.")
        : ok(`Cache-Control: ${says}, with an ETag, from no cache.`);
  return check("cache", "Nobody sees an old copy", "Pleroma, Misskey, Mastodon", verdict);
}

function query({ self, actor }: Facts): Check {
  const id = idOf(self.busted.json?.["id"]);
  const verdict =
    self.busted.status === 200 && id === actor
      ? ok("With ?cb=… it is the same document under the same id.")
      : fail(
          `With ?cb=… it ${describeAnswer(self.busted)} and says it is ${id ?? "nobody"}.`,
          "Remove rules that act on query strings.",
        );
  return check("query", "A query string changes nothing", "Pixelfed", verdict);
}

function notMoved({ self }: Facts): Check {
  const to = idOf(self.actor.json?.["movedTo"]);
  const verdict =
    to === null
      ? ok("It names no other home.")
      : fail(
          `It says that you have moved to ${to}.`,
          "Take that redirect away: nobody is sent to who has moved on.",
        );
  return check("moved", "You have not moved away yourself", "Mastodon, GoToSocial", verdict);
}

function door({ self, locked, door: stands }: Facts): Check {
  const asks = self.actor.json?.["manuallyApprovesFollowers"] === true;
  const cure = "Open the door for everybody on the page Move in, for as long as they arrive.";
  const verdict =
    stands === "expected"
      ? ok("You approve followers by hand, and those on your list need no approval.")
      : locked && stands === null
        ? fail("You approve followers by hand.", cure)
        : asks
          ? wait("Your profile still says that you approve followers by hand.", cure)
          : ok("Nobody needs your approval.");
  return check("door", "The door is open", "Mastodon, Misskey", verdict);
}

/** The handle names the actor, and the actor names the handle: Mastodon follows the loop all the way round. */
function webfinger(facts: Facts): Check {
  const { self, handle, handleDomain, origin, actor } = facts;
  const host = new URL(origin).host;
  const name = asText(self.actor.json?.["preferredUsername"]) ?? "";
  const said = asText(self.actor.json?.["webfinger"]) ?? `${name}@${host}`;
  const own = `${handle}@${handleDomain}`;
  const problems = [
    problemOf(self.webfinger, actor, own, `@${own}`),
    self.back === null ? null : problemOf(self.back, actor, own, `@${name}@${host}`),
    said.toLowerCase() === own.toLowerCase() ? null : `your profile says you are @${said}`,
  ].filter((problem) => problem !== null);
  const cure =
    handleDomain === host
      ? `Open ${origin}/.well-known/webfinger?resource=acct:${own} and see what answers.`
      : `Let https://${handleDomain}/.well-known/webfinger lead here: attach the domain to this Worker, or redirect that path with its query.`;
  const verdict =
    problems.length === 0
      ? ok(`@${own} leads to your profile, and your profile back.`)
      : fail(`${problems.join("; ")}.`, cure);
  return check(
    "webfinger",
    "Your handle leads here and back",
    "Mastodon, GoToSocial, Misskey, Pleroma",
    verdict,
  );
}

function problemOf(got: Got, actor: Iri, own: string, asked: string): string | null {
  if (got.status !== 200 || got.json === null) return `asked for ${asked}, WebFinger ${describeAnswer(got)}`;
  const self = list(got.json["links"]).find((link) => isObject(link) && link["rel"] === "self");
  const href = isObject(self) ? idOf(self["href"]) : null;
  if (href !== actor) return `${asked} leads to ${href ?? "nobody"}`;
  const subject = asText(got.json["subject"]) ?? "";
  return subject.toLowerCase() === `acct:${own}`.toLowerCase()
    ? null
    : `${asked} is called ${subject || "nothing"}`;
}

function hostMeta({ self, origin }: Facts): Check {
  const { status, text } = self.hostMeta;
  const named = status === 200 && text.includes(`${origin}/.well-known/webfinger?resource={uri}`);
  const verdict = named
    ? ok("It names our WebFinger.")
    : fail(`It ${describeAnswer(self.hostMeta)}.`, "Let /.well-known/host-meta come through to this Worker.");
  return check("host-meta", "host-meta names WebFinger", "Mastodon, Pleroma", verdict);
}

const AGAIN =
  "Start the check once more. If it stays so, look at the deliveries, and at the log of the Worker on Cloudflare.";

function inboxes({ probe }: Facts): Check {
  const verdict = !probe
    ? wait("It was not tried.", "Start the check.")
    : probe.followed === 202
      ? ok("Both took a signed Follow with 202.")
      : fail(`A signed Follow: ${probe.detail ?? "no answer"}.`, AGAIN);
  return check("inboxes", "Both inboxes take a signed Follow", EVERYBODY, verdict);
}

function accept({ probe, probeWaits }: Facts): Check {
  const seconds = probe?.acceptedAt
    ? Math.max(1, Math.round((probe.acceptedAt - probe.startedAt) / 1_000))
    : 0;
  const verdict =
    seconds > 0
      ? ok(`A follower of our own was verified, let in, and had its signed Accept after ${seconds} s.`)
      : probeWaits
        ? fail(
            "A follower of our own waits for your approval, as everybody would.",
            "Open the door, and check again.",
          )
        : fail("A follower of our own got no Accept within a minute.", AGAIN);
  return check("accept", "Who follows is answered with an Accept", EVERYBODY, verdict);
}

/** Cloudflare's Free plan: 100,000 requests and 100,000 rows written a day; a follower takes 3 requests and 8 rows with what comes after. */
const FREE_FOLLOWERS = 10_000;

function plan({ plan: has, expected }: Facts): Check {
  const verdict =
    has === "free" && expected > FREE_FOLLOWERS
      ? wait(
          `${expected} may come, and the Free plan has room for ${FREE_FOLLOWERS} in a day.`,
          'Take the Workers Paid plan for this month and set PLAN to "paid". On the Free plan the day\'s limit would turn some of them away, and not every server tries for long enough.',
        )
      : ok(`${expected} may come, on the ${has} plan.`);
  return check("plan", "Your plan bears the flood", "Cloudflare", verdict);
}
