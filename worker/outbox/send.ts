/** One activity to one inbox: signed, POSTed, judged. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx, Place, Report, ReportedOutcome } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import { judge } from "../model/retry.ts";
import { doorToProbe } from "../peers/own-probe.ts";
import { signed } from "../peers/sign.ts";

export interface Target extends Place {
  readonly inbox: Iri;
  readonly rfc9421: boolean;
  readonly body: string;
  /** base64 SHA-256 of the body. */
  readonly digest: string;
  /** Further headers, under the signature; never together with `rfc9421`. */
  readonly extra?: Readonly<Record<string, string>>;
}

const CONTENT_TYPE = "application/activity+json";
const HEADERS = { "content-type": CONTENT_TYPE, accept: CONTENT_TYPE };

/** What the owner reads of a delivery that got no answer. */
const SAID = {
  timeout: "did not answer in time",
  network: "could not be reached",
  "not-allowed": "its inbox is at an address we do not send to",
  "too-large": "answered too much",
  "too-many-redirects": "answered with redirects",
} as const;

/** 1 signature, 1 fetch. Hosts that are down are not tried. The answer is its status: no body is read. Never throws for what a peer does. */
export async function send(
  ctx: Ctx,
  target: Target,
  down: ReadonlySet<string>,
  deadline: AbortSignal,
): Promise<Report> {
  const host = hostOf(target.inbox);
  const { stream, position, inbox, digest, extra = {} } = target;
  const report = (outcome: ReportedOutcome): Report => ({ stream, position, inbox, host, outcome });
  // What becomes of it is for the preflight to tell: it is neither counted nor tried again, and our own host is never one that is down.
  const toProbe = doorToProbe(ctx, inbox);
  if (down.has(host) && !toProbe) return report({ kind: "waiting" });
  const answer = await safeFetch(toProbe ?? ctx.door, {
    method: "POST",
    url: inbox,
    body: target.body,
    headers: HEADERS,
    maxBytes: 0,
    deadline,
    sign: (url) => signed(ctx, { method: "POST", url, digest, extra }, target.rfc9421),
  });
  if (toProbe) {
    const took = answer.ok && answer.status === 202;
    return report({ kind: "dropped", why: took ? "it was a probe's" : "the probe did not take it" });
  }
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
