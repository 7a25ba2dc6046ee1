/** What an app says over its socket: that it wants a stream, or no longer. */
import { readChannel, type Channel } from "./channels.ts";

export type Frame =
  | { kind: "subscribe" | "unsubscribe"; channel: Channel }
  /** `problem` is told. */
  | { kind: "wrong"; problem: string; status: 400 }
  /** Nobody is answered, lest junk be answered with junk. */
  | { kind: "nothing" };

/** Characters. The longest that means something has a hundred in its hashtag. */
export const FRAME_MAX = 2_000;

export function readFrame(text: string): Frame {
  const said = parsed(text);
  if (said === null) return { kind: "nothing" };
  const type = said["type"];
  if (type !== "subscribe" && type !== "unsubscribe") return { kind: "nothing" };
  const channel = readChannel({
    stream: textOf(said["stream"]),
    tag: textOf(said["tag"]),
    list: textOf(said["list"]),
  });
  return channel ? { kind: type, channel } : { kind: "wrong", ...UNKNOWN };
}

export const UNKNOWN = { problem: "Unknown channel requested", status: 400 } as const;

/** Some apps write a list's id as a number. */
const textOf = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
