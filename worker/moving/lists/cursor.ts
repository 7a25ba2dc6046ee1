/** How far a list has been read: kept with the job, written together with the people of each page. */
import { isObject } from "../../vocab/read.ts";

export interface Cursor {
  /** Where handles without a host belong: the domain of the account's own. */
  readonly domain: string;
  /** The account's number at its API. */
  readonly user: string | null;
  /** The next page: its address, or Misskey's `untilId`; null: the first. */
  readonly next: string | null;
  /** Pages so far, and how many of the last had nobody on them. */
  readonly pages: number;
  readonly empty: number;
  /** A page of before: where it comes again, the list goes round in circles. */
  readonly mark: string | null;
}

export const beginning = (domain: string): string =>
  JSON.stringify({ domain, user: null, next: null, pages: 0, empty: 0, mark: null } satisfies Cursor);

/** As it was written by us. Throws when it was not. */
export function readCursor(text: string | null): Cursor {
  const cursor: unknown = JSON.parse(text ?? "null");
  if (!isObject(cursor) || typeof cursor["domain"] !== "string") throw new Error("no cursor");
  return cursor as unknown as Cursor;
}

/** 12 people a page (Mastodon's collection) times 200,000. */
const PAGES_MAX = 17_000;
const EMPTY_MAX = 20;

/**
 * The cursor after a page; null: the list is at its end, because it says so, goes round in circles, or never brings anybody any more. A
 * circle is seen after at most twice its length (Brent).
 */
export function advanced(cursor: Cursor, page: { people: number; next: string | null }): Cursor | null {
  const { next } = page;
  const pages = cursor.pages + 1;
  const empty = page.people === 0 ? cursor.empty + 1 : 0;
  if (next === null || next === cursor.next || next === cursor.mark) return null;
  if (pages >= PAGES_MAX || empty >= EMPTY_MAX) return null;
  const power = (pages & (pages - 1)) === 0;
  return { ...cursor, next, pages, empty, mark: power ? next : cursor.mark };
}
