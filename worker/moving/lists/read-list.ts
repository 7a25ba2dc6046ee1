import type { Listed } from "../../model/listed.ts";

/** What reading a file gave. */
export type ReadList =
  /** `note`: what the owner should know of it. */
  | { kind: "list"; people: Listed[]; note: string | null }
  /** Nothing was taken; why, and what to do. */
  | { kind: "unreadable"; problem: string };

export function unreadable(problem: string): ReadList & { kind: "unreadable" } {
  return { kind: "unreadable", problem };
}

/** What was found instead of a person, short and on one line. */
export function quoted(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return `“${line.length > 60 ? `${line.slice(0, 60)}…` : line}”`;
}
