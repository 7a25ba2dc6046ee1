/** A poll as apps ask for it: `poll[options][]`, `poll[expires_in]` in seconds, `poll[multiple]`, `poll[hide_totals]`. */
import { SECOND } from "../../kernel/clock.ts";
import { cleanText } from "../../kernel/html-text.ts";
import type { PollDraft } from "../../model/poll.ts";
import type { Params } from "../params.ts";

/** Null: none is asked for. Some apps send the other fields of a poll that the owner does not make. */
export function pollIn(params: Params): PollDraft | null {
  const asked = params.within("poll");
  const options = asked?.texts("options") ?? [];
  if (!asked || options.length === 0) return null;
  const seconds = asked.number("expires_in", { min: 0, max: Number.MAX_SAFE_INTEGER / SECOND, otherwise: 0 });
  return {
    options: options.map((option) => cleanText(option).trim()),
    lasts: seconds * SECOND,
    multiple: asked.flag("multiple") ?? false,
    hideTotals: asked.flag("hide_totals") ?? false,
  };
}
