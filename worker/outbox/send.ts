/** One activity to one inbox: signed, POSTed, judged. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx, Place, Report, ReportedOutcome } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import { judge } from "../model/retry.ts";
import { signed } from "../peers/sign.ts";

export interface Target extends Place {
  readonly inbox: Iri;
  readonly rfc9421: boolean;
  readonly body: string;
  /** base64 SHA-256 of the body. */
  readonly digest: string;
}

const CONTENT_TYPE = "application/activity+json";

/** What the owner reads of a delivery that got no answer. */
const SAID = {
  timeout: "did not answer in time",
  network: "could not be reached",
  "not-allowed": "its inbox is at an address we do not send to",
  "too-large": "answered too much",
  "too-many-redirects": "answered with redirects",
} as const;

/** What a peer may answer to a delivery is not read beyond this, in bytes. */
const ANSWER_MAX = 4_096;

/** 1 signature, 1 fetch. Hosts that are down are not tried. Never throws for what a peer does. */
export async function send(ctx: Ctx, target: Target, down: ReadonlySet<string>): Promise<Report> {
  const host = hostOf(target.inbox);
  const { stream, position, inbox } = target;
  const report = (outcome: ReportedOutcome): Report => ({ stream, position, inbox, host, outcome });
  if (down.has(host)) return report({ kind: "waiting" });
  const answer = await safeFetch(ctx.door, {
    method: "POST",
    url: inbox,
    body: target.body,
    headers: { "content-type": CONTENT_TYPE, accept: CONTENT_TYPE },
    maxBytes: ANSWER_MAX,
    sign: (url) => signed(ctx, { method: "POST", url, digest: target.digest }, target.rfc9421),
  });
  if (!answer.ok) {
    const detail = SAID[answer.reason];
    return report(
      answer.reason === "not-allowed"
        ? { kind: "refused", detail }
        : { kind: "host-failed", detail, after: null },
    );
  }
  const verdict = judge(answer.status, answer.headers.get("retry-after"), ctx.clock());
  const detail = `answered ${answer.status}`;
  return report(verdict.kind === "delivered" ? verdict : { ...verdict, detail });
}
