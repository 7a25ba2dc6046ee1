/** What the owner noted of people. */
import { eq } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { peerNotes } from "./schema/people.ts";

/** An empty note is none. 1 row. */
export function savePeerNote(db: Db, peer: number, note: string) {
  return note === ""
    ? db.delete(peerNotes).where(eq(peerNotes.peer, peer))
    : db
        .insert(peerNotes)
        .values({ peer, note })
        .onConflictDoUpdate({ target: peerNotes.peer, set: { note } });
}
