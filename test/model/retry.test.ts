import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import {
  HORIZON,
  hostWait,
  judge,
  readRetryAfter,
  refusedWait,
  type Verdict,
} from "../../worker/model/retry.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

describe("what an answer to a delivery means", () => {
  it.each<[number, Verdict["kind"]]>([
    [200, "delivered"],
    [201, "delivered"],
    [202, "delivered"],
    [204, "delivered"],
    [301, "refused"],
    [307, "refused"],
    [400, "refused"],
    [401, "refused"],
    [403, "refused"],
    [404, "gone"],
    [405, "refused"],
    [408, "host-failed"],
    [410, "gone"],
    [413, "refused"],
    [418, "refused"],
    [422, "refused"],
    [429, "host-failed"],
    [500, "host-failed"],
    [502, "host-failed"],
    [503, "host-failed"],
    [504, "host-failed"],
    [520, "host-failed"],
    [530, "host-failed"],
  ])("%i is %s", (status, kind) => {
    expect(judge(status, null, NOW).kind).toBe(kind);
  });

  it("every status is judged, and only 2xx counts as delivered", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), (status) => {
        expect(judge(status, null, NOW).kind === "delivered").toBe(status >= 200 && status < 300);
      }),
    );
  });

  it.each<[string | null, number | null]>([
    [null, null],
    ["120", 2 * MINUTE],
    [" 120 ", 2 * MINUTE],
    ["0", 0],
    ["999999999", DAY],
    ["9999999999999", null],
    ["-5", null],
    ["1.5", null],
    ["soon", null],
    ["", null],
    ["Sun, 22 Nov 2026 12:05:00 GMT", 5 * MINUTE],
    ["Sun, 22 Nov 2026 11:00:00 GMT", null],
    ["Fri, 22 Nov 2036 12:00:00 GMT", DAY],
  ])("Retry-After %j asks for %j ms, never more than a day and never less than nothing", (value, wait) => {
    expect(readRetryAfter(value, NOW)).toBe(wait);
  });

  it("Retry-After is never more than a day, whatever a peer sends", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.integer().map(String),
          fc.date({ noInvalidDate: true }).map((at) => at.toUTCString()),
        ),
        (value) => {
          const wait = readRetryAfter(value, NOW);
          expect(wait === null || (wait >= 0 && wait <= DAY)).toBe(true);
        },
      ),
    );
  });
});

describe("when a host is tried again", () => {
  it.each([
    [1, 1 * MINUTE],
    [2, 5 * MINUTE],
    [3, 30 * MINUTE],
    [4, 2 * HOUR],
    [5, 6 * HOUR],
    [6, 12 * HOUR],
    [7, DAY],
    [8, DAY],
    [100, DAY],
  ])("after failure %i it is %i ms, a fifth more or less", (failures, wait) => {
    expect(hostWait(failures, 0.5)).toBe(wait);
    expect(hostWait(failures, 0)).toBe(0.8 * wait);
    expect(hostWait(failures, 1)).toBe(1.2 * wait);
  });

  it("there are at least ten tries within the seven days, even when chance makes every wait the longest", () => {
    let at = 0;
    let tries = 1;
    for (; at < HORIZON; tries++) at += hostWait(tries, 1);
    expect(tries).toBeGreaterThanOrEqual(10);
  });

  it("what is refused is tried three times in a day, then parked", () => {
    expect([refusedWait(1), refusedWait(2), refusedWait(3), refusedWait(9)]).toEqual([
      8 * HOUR,
      16 * HOUR,
      null,
      null,
    ]);
  });
});
