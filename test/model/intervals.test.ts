import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { include, subtract, type Range } from "../../worker/outbox/intervals.ts";

const range = fc
  .tuple(fc.integer({ min: -5, max: 40 }), fc.integer({ min: 0, max: 8 }))
  .map(([after, length]): Range => ({ after, to: after + length }));
const members = (ranges: readonly Range[]) =>
  new Set(ranges.flatMap(({ after, to }) => Array.from({ length: to - after }, (_, n) => after + 1 + n)));
const setOf = (added: readonly Range[]) => added.reduce<Range[]>((held, one) => include(held, one), []);

describe("the places that are done", () => {
  it.each<[string, Range[], Range, Range[]]>([
    ["nothing yet", [], { after: 0, to: 5 }, [{ after: 0, to: 5 }]],
    ["a page that touches the last", [{ after: 0, to: 5 }], { after: 5, to: 9 }, [{ after: 0, to: 9 }]],
    [
      "a page that leaves a gap",
      [{ after: 0, to: 5 }],
      { after: 6, to: 9 },
      [
        { after: 0, to: 5 },
        { after: 6, to: 9 },
      ],
    ],
    [
      "the page that fills the gap",
      [
        { after: 0, to: 5 },
        { after: 6, to: 9 },
      ],
      { after: 5, to: 6 },
      [{ after: 0, to: 9 }],
    ],
    ["an empty page", [{ after: 0, to: 5 }], { after: 7, to: 7 }, [{ after: 0, to: 5 }]],
  ])("with %s", (_, held, added, expected) => {
    expect(include(held, added)).toEqual(expected);
  });

  it("hold what was added and nothing else, in the fewest ranges, in order", () => {
    fc.assert(
      fc.property(fc.array(range), (added) => {
        const held = setOf(added);
        expect(members(held)).toEqual(members(added));
        const borders = held.flatMap(({ after, to }) => [after, to]);
        expect(borders).toEqual([...new Set(borders)].toSorted((a, b) => a - b));
      }),
    );
  });

  it("do not depend on the order in which pages are reported", () => {
    fc.assert(
      fc.property(fc.array(range), (added) => {
        expect(setOf(added.toReversed())).toEqual(setOf(added));
      }),
    );
  });

  it("leave of a page what is not done, so that no place is worked twice and none is forgotten", () => {
    fc.assert(
      fc.property(fc.array(range), range, (added, page) => {
        const rest = subtract(page, setOf(added));
        const done = members(added);
        expect(members(rest)).toEqual(new Set([...members([page])].filter((place) => !done.has(place))));
      }),
    );
  });
});
