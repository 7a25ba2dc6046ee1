/**
 * Follower lists as files: what other software exports, and what people type. A file is known by what is in it, never by its name, and is
 * taken as a whole or not at all: what is wrong is said with its line.
 */
import type { Listed } from "../../model/listed.ts";
import { readHandleTable } from "./handle-table.ts";
import { readJsonList } from "./json-list.ts";
import { unreadable, type ReadList } from "./read-list.ts";

/** Bytes. */
export const FILE_MAX = 5_000_000;
export const PEOPLE_MAX = 200_000;

/** Each person once, in the order of the file. Time grows with the size alone. */
export function readFollowerFile(bytes: Uint8Array): ReadList {
  if (bytes.length > FILE_MAX) return unreadable(`A list may have at most ${FILE_MAX / 1_000_000} MB.`);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    return unreadable(
      "This is an archive. Unpack it, and upload the followers.csv or followers.json that is in it.",
    );
  const text = decode(bytes);
  if (text === null) return unreadable("This file is no text in UTF-8.");
  if (text.trim() === "") return unreadable("This file is empty.");
  const read = /^\s*[[{]/.test(text) ? readJsonList(text) : readHandleTable(text);
  if (read.kind === "unreadable") return read;
  const people = once(read.people);
  if (people.length === 0) return unreadable("Nobody is in this list.");
  if (people.length > PEOPLE_MAX)
    return unreadable(`A list may have at most ${PEOPLE_MAX.toLocaleString("en")} people.`);
  return { ...read, people };
}

/** UTF-8, or UTF-16 where its mark says so (a spreadsheet's "Unicode text"); without the mark. */
function decode(bytes: Uint8Array): string | null {
  const mark = `${bytes[0]} ${bytes[1]}`;
  const encoding = mark === "255 254" ? "utf-16le" : mark === "254 255" ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

function once(people: readonly Listed[]): Listed[] {
  const known = new Map<string, Listed>();
  for (const person of people) {
    const name = person.iri ?? `acct:${person.address}`;
    if (!known.has(name)) known.set(name, person);
  }
  return [...known.values()];
}
