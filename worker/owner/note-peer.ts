/** What the owner notes of somebody, for themselves alone. */
import type { Ctx } from "../kernel/ctx.ts";
import { runBatch } from "../store/batch.ts";
import { savePeerNote } from "../store/peer-notes.ts";

/** Of a note, in characters: as Mastodon. */
const NOTE_MAX = 2_000;

/** An empty one takes it away. Says what is wrong instead, or null. 1 row. */
export async function notePeer(ctx: Ctx, peer: number, note: string): Promise<string | null> {
  const text = note.trim();
  if (text.length > NOTE_MAX) return `A note has at most ${NOTE_MAX} characters.`;
  await runBatch(ctx.db, [savePeerNote(ctx.db, peer, text)]);
  return null;
}
