/** Changing INSTANCE_SECRET, in an order that may be cut off anywhere and run again. Knows no Wrangler: `rewrap.ts` hands it the stead. */
import { openDataKey, rewrapDataKey } from "../worker/kernel/vault.ts";

export interface SteadAtRest {
  /** The owner's row; null before the claim. */
  read(): Promise<{ readonly actor: string; readonly dataKey: string } | null>;
  /** Puts the newly wrapped data key in the place of the one that was read, and of no other. */
  write(from: string, to: string): Promise<void>;
  /** Makes this secret the one the stead runs with. */
  use(secret: string): Promise<void>;
}

export type Rewrapped = "done" | "unclaimed" | "wrong-secret";

/**
 * The row first, then the secret. The caller keeps both secrets somewhere safe before it calls, and until "done": cut off before the
 * row is written nothing has happened, and after it a second run finds the row under `to` and only sets the secret. Throws when the
 * database does not hold what was written.
 */
export async function rewrap(stead: SteadAtRest, from: string, to: string): Promise<Rewrapped> {
  const row = await stead.read();
  if (!row) return "unclaimed";
  if (!(await opens(row, to))) {
    const wrapped = await rewrapDataKey(from, to, row.dataKey, row.actor);
    if (!wrapped) return "wrong-secret";
    await stead.write(row.dataKey, wrapped);
    const written = await stead.read();
    if (!written || !(await opens(written, to)))
      throw new Error("the database does not hold what was written");
  }
  await stead.use(to);
  return "done";
}

async function opens(row: { actor: string; dataKey: string }, secret: string): Promise<boolean> {
  return (await openDataKey(secret, row.dataKey, row.actor)) !== null;
}
