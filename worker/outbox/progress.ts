/**
 * How far each stream has been handed out and worked through. What is done is at rest (one row a stream); what is handed out lives in
 * memory only, so a restart hands it out again and a page in flight at a kill may be sent twice, never lost.
 */
import type { Ctx, Message, Report } from "../kernel/ctx.ts";
import { MINUTE } from "../kernel/clock.ts";
import { closeFanout, everythingOwed, type Fanout } from "../store/fanouts.ts";
import { idsAfter, inboxIdsAfter } from "../store/followers.ts";
import { rescueIdsAfter } from "../store/rescues.ts";
import { stretchOf, stretchStream } from "./accept-stretch.ts";
import { include, subtract, type Range } from "./intervals.ts";
import { ACCEPTS, isLog, RESCUES } from "./targets.ts";

/** How long a page may be worked on before another copy may take it. */
const LEASE = 2 * MINUTE;
/** How long a page may lie in the queue before it is put there again. */
const QUEUED = 10 * MINUTE;
/** Pages in the queue at a time: enough for 100 consumers, few enough to remember. */
const WINDOW = 400;
/** Messages one `sendBatch` takes. */
const BATCH = 100;
/** Places after the last one. */
const END = Number.MAX_SAFE_INTEGER;
const START = -1_000;

interface Page extends Range {
  expiresAt: number;
  claimed: boolean;
}

interface Stream {
  done: Range[];
  /** Deliveries that were taken; counted for the logs only. One that is sent again counts again. */
  delivered: number;
  pages: Map<string, Page>;
}

type Open = Pick<Fanout, "id" | "toFollowers" | "recipients">;

/** What may be spent on a hand-out; counted down as it is. */
export interface Allowance {
  /** Pages put in the queue. */
  messages: number;
  /** Calls to D1 and to the queue. */
  calls: number;
}

/** Calls that one step takes at most: reading places, sending them. */
const STEP = 2;

const keyOf = (range: Range) => `${range.after} ${range.to}`;

export class Progress {
  readonly #sql: SqlStorage;
  readonly #streams = new Map<string, Stream>();
  /** The last hand-out had to leave something, or did not come to its end. */
  #more = true;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS progress (stream TEXT PRIMARY KEY, done TEXT NOT NULL, delivered INTEGER NOT NULL) WITHOUT ROWID",
    );
    const rows = sql.exec<{ stream: string; done: string; delivered: number }>("SELECT * FROM progress");
    for (const { stream, done, delivered } of rows) {
      this.#streams.set(stream, { done: JSON.parse(done) as Range[], delivered, pages: new Map() });
    }
  }

  /** Whether pages are out that have not been reported. */
  get busy(): boolean {
    return [...this.#streams.values()].some((stream) => stream.pages.size > 0);
  }

  /**
   * Hands out what is owed and not handed out yet, as far as the window and the allowance allow: Accepts first, rescues last. Returns
   * whether more may be left. Cost: 1 D1 read, 1 more and 1 queue call for every 100 pages.
   */
  async handOut(ctx: Ctx, may: Allowance): Promise<boolean> {
    this.#more = true;
    this.#more = await this.#handOutAll(ctx, may);
    return this.#more;
  }

  async #handOutAll(ctx: Ctx, may: Allowance): Promise<boolean> {
    this.#expire(ctx.clock());
    if (may.calls < STEP) return true;
    may.calls--;
    const { open, lastFollower, lastRescue } = await everythingOwed(ctx.db);
    this.#forgetClosed(open);
    if (await this.#handOutStream(ctx, ACCEPTS, null, may, lastFollower)) return true;
    for (const fanout of open) {
      if (await this.#handOutStream(ctx, String(fanout.id), fanout, may)) return true;
      if (!this.#isOver(String(fanout.id))) continue;
      may.calls--;
      await this.#close(ctx, fanout);
    }
    if (await this.#handOutStream(ctx, RESCUES, null, may, lastRescue)) return true;
    for (const name of this.#stretches()) {
      if (await this.#handOutStream(ctx, name, null, may)) return true;
      if (this.#isOver(name)) this.#forget(name);
    }
    return false;
  }

  /** The Accepts of a stretch of the followers are owed once more. 1 row. */
  owe(stretch: Range): void {
    const name = stretchStream(stretch);
    this.#save(name, this.#stream(name));
  }

  #stretches(): string[] {
    return [...this.#streams.keys()].filter((name) => stretchOf(name) !== null);
  }

  /** The parts of a page that a message may work on now. */
  claim(stream: string, page: Range, now: number): Range[] {
    if (this.#isForgotten(stream)) return [];
    const state = this.#stream(stream);
    const others = [...state.pages.values()].filter((other) => other.claimed && other.expiresAt > now);
    const taken = others.reduce((ranges, other) => include(ranges, other), state.done);
    const free = subtract(page, taken);
    if (free.length > 0) state.pages.set(keyOf(page), { ...page, expiresAt: now + LEASE, claimed: true });
    return free;
  }

  /** A part of a page is worked through. 1 row. Returns whether it is time to hand out more, or to close the stream. */
  done(stream: string, range: Range, reports: readonly Report[]): boolean {
    if (this.#isForgotten(stream)) return false;
    const state = this.#stream(stream);
    if (isLog(stream)) {
      // A late copy of a message may report again what was counted.
      const fresh = reports.filter(({ position }) => !this.isDone(stream, position));
      state.delivered += deliveredOf(stream, fresh);
    }
    state.done = include(state.done, range);
    for (const [key, page] of state.pages) {
      if (page.after <= range.after && page.to > range.after) state.pages.delete(key);
    }
    this.#save(stream, state);
    // A log has no end to be noted: whoever writes to it wakes us.
    if (isLog(stream) && stretchOf(stream) === null && !this.#more) return false;
    return state.pages.size === 0 || state.pages.size === WINDOW / 2;
  }

  /** What was due was taken at last. 1 row for each log that is among them. */
  count(reports: readonly Report[]): void {
    for (const stream of [ACCEPTS, RESCUES]) {
      const more = deliveredOf(stream, reports);
      if (more === 0) continue;
      const state = this.#stream(stream);
      state.delivered += more;
      this.#save(stream, state);
    }
  }

  /** Which places are done, and how many deliveries were taken. */
  state(stream: string): { done: Range[]; delivered: number } {
    const { done, delivered } = this.#stream(stream);
    return { done: [...done], delivered };
  }

  #save(stream: string, { done, delivered }: Stream): void {
    this.#sql.exec(
      "INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET done = excluded.done, delivered = excluded.delivered",
      stream,
      JSON.stringify(done),
      delivered,
    );
  }

  isDone(stream: string, position: number): boolean {
    return this.#stream(stream).done.some((range) => position > range.after && position <= range.to);
  }

  /** Hands out the gaps of one stream up to `end`. True when the window is full or the allowance is spent. */
  async #handOutStream(
    ctx: Ctx,
    name: string,
    fanout: Open | null,
    may: Allowance,
    end = END,
  ): Promise<boolean> {
    const stream = this.#stream(name);
    for (;;) {
      const room = WINDOW - stream.pages.size;
      if (room < BATCH / 2) return true;
      const out = [...stream.pages.values()].reduce((ranges, page) => include(ranges, page), stream.done);
      const [gap] = subtract({ after: START, to: end }, out);
      if (!gap) return false;
      if (may.messages <= 0 || may.calls < STEP) return true;
      const size = ctx.settings.signatures;
      may.calls--;
      const places = await placesIn(ctx, name, fanout, gap, Math.min(room, BATCH, may.messages) * size);
      const last = places.at(-1);
      if (last === undefined) {
        // Nobody is left there. A log goes on, a fanout ends.
        if (fanout || gap.to < END) stream.done = include(stream.done, gap);
        if (fanout || gap.to < END) continue;
        return false;
      }
      const pages = cut(gap.after, places, size);
      may.calls--;
      may.messages -= pages.length;
      await this.#send(ctx, name, pages);
    }
  }

  async #send(ctx: Ctx, name: string, pages: Range[]): Promise<void> {
    const messages = pages.map((page): Message => ({ v: 1, kind: "deliver", stream: name, ...page }));
    const stream = this.#stream(name);
    const expiresAt = ctx.clock() + QUEUED;
    // Noted before they are sent: a consumer may claim while `send` is still on its way.
    for (const page of pages) stream.pages.set(keyOf(page), { ...page, expiresAt, claimed: false });
    try {
      await ctx.ports.queue.send(messages);
    } catch (cause) {
      for (const page of pages) stream.pages.delete(keyOf(page));
      throw new Error("the queue took no messages", { cause });
    }
  }

  #isOver(name: string): boolean {
    return subtract({ after: START, to: END }, this.#stream(name).done).length === 0;
  }

  /** A stretch that is over has nothing to tell it from one that was never owed: a late copy of a message must not begin it anew. */
  #isForgotten(name: string): boolean {
    return stretchOf(name) !== null && !this.#streams.has(name);
  }

  /** A fanout all of whose places are done needs no row any more. 1 D1 row. */
  async #close(ctx: Ctx, fanout: Open): Promise<void> {
    await closeFanout(ctx.db, fanout.id, ctx.clock());
    this.#forget(String(fanout.id));
  }

  /** A fault between closing and forgetting, or a late copy of a message, leaves the progress of what is closed. */
  #forgetClosed(open: readonly Open[]): void {
    const kept = new Set(open.map(({ id }) => String(id)));
    for (const name of this.#streams.keys()) if (!kept.has(name) && !isLog(name)) this.#forget(name);
  }

  #forget(name: string): void {
    this.#sql.exec("DELETE FROM progress WHERE stream = ?", name);
    this.#streams.delete(name);
  }

  #expire(now: number): void {
    for (const stream of this.#streams.values()) {
      for (const [key, page] of stream.pages) if (page.expiresAt <= now) stream.pages.delete(key);
    }
  }

  #stream(name: string): Stream {
    const known = this.#streams.get(name);
    if (known) return known;
    const stream: Stream = { done: doneAtFirst(name), delivered: 0, pages: new Map() };
    this.#streams.set(name, stream);
    return stream;
  }
}

/** Places that a stream does not have. */
function doneAtFirst(name: string): Range[] {
  const stretch = stretchOf(name);
  if (stretch)
    return [
      { after: START, to: stretch.after },
      { after: stretch.to, to: END },
    ];
  return isLog(name) ? [{ after: START, to: 0 }] : [];
}

const deliveredOf = (stream: string, reports: readonly Report[]) =>
  reports.filter((report) => report.stream === stream && report.outcome.kind === "delivered").length;

/** Places in a gap, in order: a log's rows; a fanout's named recipients (-n to -1), then the followers' inboxes. */
async function placesIn(
  ctx: Ctx,
  stream: string,
  fanout: Open | null,
  gap: Range,
  limit: number,
): Promise<number[]> {
  const inGap = (place: number) => place > gap.after && place <= gap.to;
  if (!fanout) {
    const idsOf = stream === RESCUES ? rescueIdsAfter : idsAfter;
    return (await idsOf(ctx.db, gap.after, limit)).filter(inGap);
  }
  const named = fanout.recipients
    .map((_, n) => -(n + 1))
    .toSorted((a, b) => a - b)
    .filter(inGap);
  if (!fanout.toFollowers || named.length >= limit) return named.slice(0, limit);
  const shared = await inboxIdsAfter(ctx.db, Math.max(gap.after, 0), limit - named.length);
  return [...named, ...shared.filter(inGap)];
}

/** Cuts places into pages of `size` that touch each other. */
function cut(after: number, places: readonly number[], size: number): Range[] {
  const pages: Range[] = [];
  for (let n = 0; n < places.length; n += size) {
    const to = places[Math.min(n + size, places.length) - 1]!;
    pages.push({ after: pages.at(-1)?.to ?? after, to });
  }
  return pages;
}
