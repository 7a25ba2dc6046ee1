/** What apps say of a filter. */
import { DAY } from "../../kernel/clock.ts";
import type { UnixMs } from "../../kernel/brand.ts";
import { ACTIONS, CONTEXTS, type FilterContext } from "../../model/filter.ts";
import type { FilterChange, KeywordChange } from "../../owner/filters.ts";
import { idIn } from "../pages.ts";
import type { Params } from "../params.ts";

/** Far enough to be for ever, in seconds; a time beyond could not be written as one. */
const EXPIRES_MAX = (1_000 * 365 * DAY) / 1_000;

export type ReadFilter = { kind: "change"; change: FilterChange } | { kind: "invalid"; problem: string };

/** What versions 1 and 2 have in common. What was not sent stays; an empty `expires_in` is for ever. */
export function termsIn(params: Params, now: UnixMs): ReadFilter {
  const asked = params.texts("context").map((context) => context.trim());
  const contexts = CONTEXTS.filter((context) => asked.includes(context));
  if (asked.some((context) => !CONTEXTS.includes(context as FilterContext)))
    return { kind: "invalid", problem: "Context None or invalid context supplied" };
  return {
    kind: "change",
    change: {
      ...(params.has("context") ? { contexts } : {}),
      ...(params.has("expires_in") ? { expiresAt: expiryIn(params, now) } : {}),
    },
  };
}

function expiryIn(params: Params, now: UnixMs): UnixMs | null {
  if (params.raw("expires_in").trim() === "") return null;
  const seconds = params.number("expires_in", { min: 0, max: EXPIRES_MAX, otherwise: 0 });
  return (now + seconds * 1_000) as UnixMs;
}

export function filterIn(params: Params, now: UnixMs): ReadFilter {
  const terms = termsIn(params, now);
  if (terms.kind === "invalid") return terms;
  const named = params.raw("filter_action").trim();
  const action = ACTIONS.find((one) => one === named);
  if (named !== "" && !action) return { kind: "invalid", problem: "Action is not included in the list" };
  const title = params.text("title");
  return {
    kind: "change",
    change: { ...terms.change, ...(title === null ? {} : { title }), ...(action ? { action } : {}) },
  };
}

/** Empty ones are no keywords: apps send every line of their form. */
export function keywordsIn(params: Params): KeywordChange[] {
  return params.list("keywords_attributes").flatMap((one) => {
    const sent = one.raw("id").trim();
    const change = { keyword: one.text("keyword"), wholeWord: one.flag("whole_word") };
    const removed = one.flag("_destroy") ?? false;
    if (sent === "")
      return removed || (change.keyword ?? "").trim() === "" ? [] : { ...change, id: null, removed };
    // No number is nobody's: it is not found, as one that is gone.
    return { ...change, id: idIn(sent) ?? -1, removed };
  });
}
