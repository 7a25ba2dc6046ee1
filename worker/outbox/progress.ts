/**
 * How far each stream has been handed out and worked through. What is done is at rest (one row a stream); what is handed out lives in
 * memory only, so a restart hands it out again and a page in flight at a kill may be sent twice, never lost.
 */
import type { Ctx, Message } from "../kernel/ctx.ts";
import { MINUTE } from "../kernel/clock.ts";
import { closeFanout, openFanouts, type Fanout } from "../store/fanouts.ts";
import { idsAfter, inboxIdsAfter } from "../store/followers.ts";
import { include, subtract, type Range } from "./intervals.ts";
import { ACCEPTS } from "./targets.ts";

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
  pages: Map<string, Page>;
}

type Open = Pick<Fanout, "id" | "toFollowers" | "recipients">;

const keyOf = (range: Range) => `${range.after} ${range.to}`;

export class Progress {
  readonly #sql: SqlStorage;
  readonly #streams = new Map<string, Stream>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS progress (stream TEXT PRIMARY KEY, done TEXT NOT NULL) WITHOUT ROWID",
    );
    for (const row of sql.exec<{ stream: string; done: string }>("SELECT stream, done FROM progress")) {
      this.#streams.set(row.stream, { done: JSON.parse(row.done) as Range[], pages: new Map() });
    }
  }

  /** Whether pages are out that have not been reported. */
  get busy(): boolean {
    return [...this.#streams.values()].some((stream) => stream.pages.size > 0);
  }

  /**
   * Hands out what is owed and not handed out yet, as far as the window allows: Accepts first. Returns whether more is left. Cost: 1 D1
   * read for the open fanouts, 1 for every 100 pages, 1 queue call for every 100 pages.
   */
  async handOut(ctx: Ctx): Promise<boolean> {
    this.#expire(ctx.clock());
    if (await this.#handOutStream(ctx, ACCEPTS, null)) return true;
    const open = await openFanouts(ctx.db);
    this.#forgetClosed(open);
    for (const fanout of open) {
      if (await this.#handOutStream(ctx, String(fanout.id), fanout)) return true;
      await this.#close(ctx, fanout);
    }
    return false;
  }

  /** The parts of a page that a message may work on now. */
  claim(stream: string, page: Range, now: number): Range[] {
    const state = this.#stream(stream);
    const others = [...state.pages.values()].filter((other) => other.claimed && other.expiresAt > now);
    const taken = others.reduce((ranges, other) => include(ranges, other), state.done);
    const free = subtract(page, taken);
    if (free.length > 0) state.pages.set(keyOf(page), { ...page, expiresAt: now + LEASE, claimed: true });
    return free;
  }

  /** A part of a page is worked through. 1 row. Returns whether it is time to hand out more, or to close the stream. */
  done(stream: string, range: Range): boolean {
    const state = this.#stream(stream);
    state.done = include(state.done, range);
    for (const [key, page] of state.pages) {
      if (page.after <= range.after && page.to > range.after) state.pages.delete(key);
    }
    const done = JSON.stringify(state.done);
    this.#sql.exec(
      "INSERT INTO progress VALUES (?, ?) ON CONFLICT DO UPDATE SET done = excluded.done",
      stream,
      done,
    );
    return state.pages.size === 0 || state.pages.size === WINDOW / 2;
  }

  isDone(stream: string, position: number): boolean {
    return this.#stream(stream).done.some((range) => position > range.after && position <= range.to);
  }

  /** Hands out the gaps of one stream. True when the window is full. */
  async #handOutStream(ctx: Ctx, name: string, fanout: Open | null): Promise<boolean> {
    const stream = this.#stream(name);
    for (;;) {
      const room = WINDOW - stream.pages.size;
      if (room < BATCH / 2) return true;
      const out = [...stream.pages.values()].reduce((ranges, page) => include(ranges, page), stream.done);
      const [gap] = subtract({ after: START, to: END }, out);
      if (!gap) return false;
      const size = ctx.settings.signatures;
      const places = await placesIn(ctx, fanout, gap, Math.min(room, BATCH) * size);
      const last = places.at(-1);
      if (last === undefined) {
        // Nobody is left there. The log of followers goes on, a fanout ends.
        if (fanout || gap.to < END) stream.done = include(stream.done, gap);
        if (fanout || gap.to < END) continue;
        return false;
      }
      await this.#send(ctx, name, cut(gap.after, places, size));
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

  /** A fanout all of whose places are done needs no row any more. 1 D1 row. */
  async #close(ctx: Ctx, fanout: Open): Promise<void> {
    const name = String(fanout.id);
    const rest = subtract({ after: START, to: END }, this.#stream(name).done);
    if (rest.length > 0) return;
    await closeFanout(ctx.db, fanout.id, ctx.clock());
    this.#forget(name);
  }

  /** A fault between closing and forgetting, or a late copy of a message, leaves the progress of what is closed. */
  #forgetClosed(open: readonly Open[]): void {
    const kept = new Set([ACCEPTS, ...open.map(({ id }) => String(id))]);
    for (const name of this.#streams.keys()) if (!kept.has(name)) this.#forget(name);
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
    const stream: Stream = { done: name === ACCEPTS ? [{ after: START, to: 0 }] : [], pages: new Map() };
    this.#streams.set(name, stream);
    return stream;
  }
}

/** Places in a gap, in order: a fanout's named recipients (-n to -1), then the followers' inboxes. */
async function placesIn(ctx: Ctx, fanout: Open | null, gap: Range, limit: number): Promise<number[]> {
  const inGap = (place: number) => place > gap.after && place <= gap.to;
  if (!fanout) return (await idsAfter(ctx.db, gap.after, limit)).filter(inGap);
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
