import { expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { lastArrival } from "../../worker/model/repair.ts";

const OPENED = 1_800_000_000_000 as UnixMs;
const window = { openedAt: OPENED, logBefore: 10, logAfter: null, arrivedBefore: 3, arrivedAfter: null };
const later = OPENED + 60_000;

it.each([
  ["no window was opened", undefined, { lastId: 10, arrived: 3 }, null],
  ["nobody came", window, { lastId: 10, arrived: 3 }, OPENED],
  ["only a probe took a number of the log", window, { lastId: later * 1_000, arrived: 3 }, OPENED],
  ["somebody came", window, { lastId: later * 1_000 + 7, arrived: 4 }, later],
  [
    "the window was closed before others came",
    { ...window, logAfter: later * 1_000, arrivedAfter: 4 },
    { lastId: (later + 5) * 1_000, arrived: 9 },
    later,
  ],
])("the last arrival, when %s", (_, flood, log, at) => {
  expect(lastArrival(flood, log)).toBe(at);
});
