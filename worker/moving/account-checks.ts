/** What is looked at in one old account and from its side: the alias, whether it answers, and whether it can be moved. Pure. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { MINUTE } from "../kernel/clock.ts";
import type { JsonObject } from "../vocab/read.ts";
import { check, fail, ok, wait, type Check, type Facts } from "./checks.ts";

/** An old account as it was seen just now. */
export interface AccountFacts {
  readonly iri: Iri;
  readonly handle: string;
  /** `unseen`: its turn has not come. */
  readonly standing: "answers" | "silent" | "gone" | "unseen";
  readonly detail: string;
  readonly movedTo: Iri | null;
  /** As people call it, and as NodeInfo does. */
  readonly software: string;
  readonly nodeInfo: string;
  readonly can: "yes" | "once" | "later" | "no" | "unknown";
  readonly asks: string;
  readonly note: string | null;
  readonly blocked: boolean;
  /** Its server's clock, unix ms; null: it did not say. */
  readonly date: number | null;
}

const SKEW_MAX = 5 * MINUTE;

/** What is about one old account. */
export function accountChecks({ self, actor, now }: Facts, account: AccountFacts): Check[] {
  return [
    alias(self.actor.json, account),
    answers(account),
    movedYet(account, actor),
    canMove(account),
    clock(account, now),
    ...(account.blocked
      ? [
          check(
            "blocked",
            "You do not block its server",
            "you",
            fail(
              "You do: followers who live there could not come.",
              "Lift the block for the time of the move.",
            ),
          ),
        ]
      : []),
  ];
}

/** Compared to the letter by all but Pixelfed, and counted or cast as a list by Pixelfed and Pleroma. */
function alias(actor: JsonObject | null, account: AccountFacts): Check {
  const aliases = actor?.["alsoKnownAs"];
  const cure = "Point the old account here once more.";
  const verdict = !Array.isArray(aliases)
    ? fail(
        aliases === undefined
          ? "Your profile names no alias."
          : "Your profile names one without a list around it.",
        cure,
      )
    : aliases.includes(account.iri)
      ? ok(`Your profile names ${account.iri}, in a list.`)
      : fail(`Your profile does not name ${account.iri}.`, cure);
  return check(
    "alias",
    "The alias stands",
    "Mastodon, GoToSocial, Misskey, Pleroma, Pixelfed, WordPress, Ghost",
    verdict,
  );
}

function answers({ standing, detail, handle }: AccountFacts): Check {
  const verdict = {
    answers: ok("It answers."),
    unseen: wait("It was not its turn to be asked.", "Load this page again."),
    silent: wait(detail, "A server that does not answer sends nobody. Wait until it does."),
    gone: fail(detail, "An account that is gone can not be moved: its followers can only follow you again."),
  }[standing];
  return check("answers", `@${handle} answers`, "its own server", verdict);
}

function movedYet({ movedTo }: AccountFacts, actor: Iri): Check {
  const verdict =
    movedTo === null
      ? ok("It has not moved yet.")
      : movedTo === actor
        ? ok("It says that it has moved here: Move was pressed.")
        : fail(
            `It says that it has moved to ${movedTo}.`,
            "Take that redirect away at the old account first.",
          );
  return check("moved-to", "It goes nowhere else", "Misskey, Pixelfed, WordPress", verdict);
}

function canMove({ can, software, asks, note }: AccountFacts): Check {
  const why = note ?? "";
  const saw = {
    yes: `${software} can move accounts. ${asks}`,
    once: `${software} can move an account once. ${asks}`,
    later: `${software} moves no accounts today.`,
    no: `${software} can not move this account.`,
    unknown: `We do not know whether ${software} can move accounts.`,
  }[can];
  const verdict =
    can === "no" ? fail(saw, why) : can === "later" ? wait(saw, why) : { ...ok(saw.trim()), cure: why };
  return check("software", "Its software can move it", "its own server", verdict);
}

/** Signatures of servers whose clocks are further off are refused by many. */
function clock({ date }: AccountFacts, now: UnixMs): Check {
  const off = date === null ? 0 : Math.abs(now - date);
  const verdict =
    date === null
      ? ok("It does not say what time it is.")
      : off <= SKEW_MAX
        ? ok("Its clock and ours agree.")
        : wait(
            `Its clock and ours are ${Math.round(off / MINUTE)} minutes apart.`,
            "Ask its admin to set the clock: signatures made at a wrong time are refused.",
          );
  return check("clock", "Clocks agree", "Mastodon, GoToSocial, Misskey", verdict);
}
