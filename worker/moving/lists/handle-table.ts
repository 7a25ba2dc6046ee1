/**
 * Handles in a table: GoToSocial's followers.csv and Mastodon's tables (a column `Account address`), Misskey's (the first column, no
 * heading), or one handle a line. RFC 4180, also with semicolons or tabs, as spreadsheets write it.
 */
import { readListed, type Listed } from "../../model/listed.ts";
import { quoted, unreadable, type ReadList } from "./read-list.ts";

/** Headings that name the person, the surest first. */
const HEADINGS = [
  "account address",
  "address",
  "acct",
  "handle",
  "account",
  "actor",
  "uri",
  "iri",
  "url",
  "follower",
  "followers",
  "username",
  "user",
  "id",
];

/** A column that only lists of those somebody follows have (Mastodon, GoToSocial). */
const OF_FOLLOWING = "show boosts";

export function readHandleTable(text: string): ReadList {
  const people: Listed[] = [];
  let column = 0;
  let note: string | null = null;
  let first = true;
  for (const { line, fields } of records(text, delimiterOf(text))) {
    if (fields.every((field) => field.trim() === "")) continue;
    const heading = first ? headingIn(fields) : null;
    first = false;
    if (heading !== null) {
      column = heading;
      if (fields.some((field) => field.trim().toLowerCase() === OF_FOLLOWING))
        note =
          "This table looks like a list of those you follow, not of those who follow you. If it is, delete the list again.";
      continue;
    }
    const field = fields[column] ?? "";
    const person = readListed(field);
    if (person === null)
      return unreadable(
        `Line ${line}: ${field.trim() === "" ? "there is no handle" : `${quoted(field)} is no handle`}. Handles look like user@example.com and stand in the first column, or in one headed “Account address”. Nothing was taken.`,
      );
    people.push(person);
  }
  return { kind: "list", people, note };
}

/** The column with the handles, when these are headings; null when they are not. */
function headingIn(fields: readonly string[]): number | null {
  if (fields.some((field) => readListed(field) !== null)) return null;
  const names = fields.map((field) => field.trim().toLowerCase().replace(/^#/, ""));
  for (const heading of HEADINGS) {
    const column = names.indexOf(heading);
    if (column >= 0) return column;
  }
  return null;
}

function delimiterOf(text: string): string {
  const end = text.search(/[\r\n]/);
  const line = end < 0 ? text : text.slice(0, end);
  return [",", ";", "\t"].find((delimiter) => line.includes(delimiter)) ?? ",";
}

interface TableRow {
  /** Of the file, from 1: where it begins. */
  readonly line: number;
  readonly fields: string[];
}

/** RFC 4180 §2: fields in quotes may hold delimiters, line ends and doubled quotes. A quote never closed goes on to the end. */
function* records(text: string, delimiter: string): Generator<TableRow> {
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const begins = line;
    const fields: string[] = [];
    for (;;) {
      const { value, end } = fieldAt(text, at, delimiter);
      if (text[at] === '"') line += text.slice(at, end).split(/\r\n?|\n/).length - 1;
      fields.push(value);
      at = end + 1;
      if (text[end] !== delimiter) break;
    }
    if (text[at - 1] === "\r" && text[at] === "\n") at++;
    line++;
    yield { line: begins, fields };
  }
}

/** The field that begins there; `end` is where its delimiter, its line end or the end of the text is. */
function fieldAt(text: string, at: number, delimiter: string): { value: string; end: number } {
  if (text[at] !== '"') {
    const end = endOf(text, at, delimiter);
    return { value: text.slice(at, end), end };
  }
  let value = "";
  let from = at + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return { value: value + text.slice(from), end: text.length };
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') {
      const end = endOf(text, quote + 1, delimiter);
      return { value: value + text.slice(quote + 1, end), end };
    }
    value += '"';
    from = quote + 2;
  }
}

function endOf(text: string, at: number, delimiter: string): number {
  for (let end = at; ; end++) {
    const char = text[end];
    if (char === undefined || char === delimiter || char === "\n" || char === "\r") return end;
  }
}
