/**
 * Which places of a stream are done: sorted, disjoint ranges `(after, to]`. Pages touch each other, so the set stays a handful of
 * ranges however long the stream is.
 */
export interface Range {
  readonly after: number;
  readonly to: number;
}

/** The set with a range added; ranges that touch or overlap become one. */
export function include(ranges: readonly Range[], added: Range): Range[] {
  if (added.to <= added.after) return [...ranges];
  const apart = ranges.filter((range) => range.to < added.after || range.after > added.to);
  const touching = ranges.filter((range) => !apart.includes(range));
  const merged = {
    after: Math.min(added.after, ...touching.map((range) => range.after)),
    to: Math.max(added.to, ...touching.map((range) => range.to)),
  };
  return [...apart, merged].toSorted((a, b) => a.after - b.after);
}

/** The parts of a range that the set does not hold, in order. */
export function subtract(range: Range, ranges: readonly Range[]): Range[] {
  const rest: Range[] = [];
  let { after } = range;
  for (const held of ranges) {
    if (held.to <= after) continue;
    if (held.after >= range.to) break;
    if (held.after > after) rest.push({ after, to: held.after });
    after = Math.max(after, held.to);
  }
  if (after < range.to) rest.push({ after, to: range.to });
  return rest;
}
