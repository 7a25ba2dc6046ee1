/** The first half of a load run: everybody follows the stead with a signed Follow, and has their Accept. */
import { setTimeout as sleep } from "node:timers/promises";

import { ORIGIN } from "../rig/direct.ts";
import type { Arriving } from "../rig/doors.ts";
import { signedHeaders } from "./cavage.ts";
import type { SteadProcess } from "./stead-process.ts";
import type { Person } from "./world.ts";

/** Requests under way at a time. */
const CONNECTIONS = 32;
/** Longest time without another Accept, in ms. */
const PATIENCE = 90_000;

/** Every person's Follow, taken with 202. Throws when one is refused for good. */
export async function sendFollows(
  stead: SteadProcess,
  people: readonly Person[],
  actor: string,
): Promise<void> {
  const waiting = [...people];
  const send = async (): Promise<void> => {
    for (let person = waiting.pop(); person; person = waiting.pop()) await follow(stead, person, actor);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, send));
}

async function follow(stead: SteadProcess, person: Person, actor: string): Promise<void> {
  const url = new URL(`${ORIGIN}/inbox`);
  const body = JSON.stringify({
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `${person.id}/follows/1`,
    type: "Follow",
    actor: person.id,
    object: actor,
  });
  for (let tries = 0; tries < 10; tries++) {
    const headers = await signedHeaders({ keyId: person.keyId, privateKey: person.privateKey, url, body });
    const answer = await stead.client.ask({ method: "POST", path: url.pathname, headers, body });
    if (answer.status === 202) return;
    if (answer.status !== 503) throw new Error(`a Follow was answered ${answer.status}: ${answer.body}`);
    await sleep(1_000 * Number(answer.headers["retry-after"] ?? 1));
  }
  throw new Error(`the Follow of ${person.id} was not taken`);
}

/** Followers a request that are written without a Follow. */
const LOADED = 250;
/** As long as a Follow at rest is. */
const PROOF = "x".repeat(1_000);

/** Followers as rows: the store writes them as after a Follow, and owes each an Accept. */
export async function loadFollowers(stead: SteadProcess, people: readonly Person[]): Promise<void> {
  for (let n = 0; n < people.length; n += LOADED) {
    const arriving = people.slice(n, n + LOADED).map((person): Arriving => ({
      iri: person.id,
      sharedInbox: `https://${person.host}/inbox`,
      pem: person.pem,
      proof: PROOF,
    }));
    await stead.client.rig("arrive", JSON.stringify(arriving));
  }
}

/** Waits until everybody is in `accepted`. Throws when it does not get longer for 90 s. */
export async function allAccepted(accepted: ReadonlySet<string>, count: number): Promise<void> {
  let last = performance.now();
  for (let known = accepted.size; accepted.size < count; await sleep(100)) {
    if (accepted.size > known) last = performance.now();
    known = accepted.size;
    if (performance.now() - last > PATIENCE)
      throw new Error(`${count - accepted.size} of ${count} Accepts did not come`);
  }
}
