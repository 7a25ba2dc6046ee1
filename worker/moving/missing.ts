/** Who is missing, by name, as a table for a spreadsheet. */
import type { Ctx } from "../kernel/ctx.ts";
import { moveRule } from "../model/move-rules.ts";
import { missingAfter, type MissingRow } from "../store/ledger.ts";

/** People looked at in one read. */
const PAGE = 5_000;
const HEADINGS = "Account address,Actor,Server,Why\r\n";

/**
 * CSV (RFC 4180), UTF-8, written while the list is walked: 1 D1 call for 5,000 people of the list, 4 rows read each. `waiting`: hosts whose
 * mail waits to be verified, and why.
 */
export function missingCsv(ctx: Ctx, waiting: ReadonlyMap<string, string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let after: number | null = 0;
  return new ReadableStream({
    start: (out) => out.enqueue(encoder.encode(HEADINGS)),
    async pull(out) {
      // A page without anybody missing would be a pull that brings nothing, and no other pull would come.
      while (after !== null) {
        const { rows, last } = await missingAfter(ctx.db, after, PAGE);
        after = last;
        if (rows.length === 0) continue;
        const lines = rows.map((row) =>
          line([row.address ?? "", row.iri ?? "", row.host, whyMissing(row, waiting)]),
        );
        out.enqueue(encoder.encode(lines.join("")));
        break;
      }
      if (after === null) out.close();
    },
  });
}

/** The surest reason first; "" when none is known. */
function whyMissing(row: MissingRow, waiting: ReadonlyMap<string, string>): string {
  const { host, software } = row;
  if (row.blocked !== null) return "you block this server";
  if (row.movedTo !== null) return `moved to ${row.movedTo}`;
  if (row.unverified !== null) return `followed, and could not be verified: ${row.unverified}`;
  const waits = waiting.get(host);
  if (waits !== undefined) return `mail from this server waits: ${waits}`;
  if (row.declinedAt !== null) return "its server says that they do not follow you";
  if (row.problem !== null) return row.problem;
  if (row.hostProblem !== null) return row.hostProblem;
  if (software !== null && moveRule(software, "").can === "no") return `${software} knows no Move`;
  return row.rescuedAt === null ? "" : "had a rescue Accept, and has not come yet";
}

const line = (fields: readonly string[]) => `${fields.map(field).join()}\r\n`;

/** A spreadsheet takes for a formula what begins so (OWASP, CSV injection); in front of an apostrophe it is text. */
const FORMULA = /^[\s]*[=+\-@\t\r|%]/;

export function field(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}]+/gu, " ");
  const safe = FORMULA.test(clean) ? `'${clean}` : clean;
  return /[",\r\n;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
