/** The one assertion of the hostile battery: what is refused changes nothing, sends nothing, tells nothing, and harms nobody after it. */
import { expect } from "vitest";

import { ACTOR, ORIGIN, type Stead } from "../fediverse/stead.ts";

export interface Allowed {
  /** Requests that may leave because of it: the look at a stranger's key. */
  readonly outbound?: number;
}

/** Bytes of an answer to somebody hostile. */
const ANSWER_MAX = 200;
/** An answer that repeats this many characters of the request echoes it. */
const ECHO = 12;

let honest = 0;

/** Sends a bad request and holds everything after it against the state before. Returns what left. */
export async function refused(
  stead: Stead,
  send: Request | (() => Promise<Response>),
  status: number,
  { outbound = 0 }: Allowed = {},
) {
  const input = send instanceof Request ? await inputOf(send) : "";
  const before = await stead.state();
  stead.world.take();
  const answer = send instanceof Request ? await stead.fetch(send) : await send();
  const text = await answer.text();
  expect(answer.status).toBe(status);
  expect(new TextEncoder().encode(text).length).toBeLessThan(ANSWER_MAX);
  for (let n = 0; n + ECHO <= text.length; n++) expect(input).not.toContain(text.slice(n, n + ECHO));
  // The spools are part of the state: where nothing changed, nothing is on its way.
  if ((await stead.state()) !== before) {
    await stead.settle();
    expect(JSON.parse(await stead.state())).toEqual(JSON.parse(before));
  }
  const left = stead.world.take();
  expect(left.map(({ url }) => url).slice(outbound)).toEqual([]);
  expect(stead.world.unexpected).toEqual([]);
  await stillServes(stead);
  return left;
}

/** The next honest Follow is taken and answered, whatever else waits. */
export async function stillServes(stead: Stead): Promise<void> {
  const alice = await stead.peer(`honest${++honest}`, `honest${honest}.test`);
  const follow = alice.activity("Follow", { object: ACTOR });
  const answer = await stead.deliver(alice, follow, { inbox: `${ORIGIN}/inbox` });
  expect(answer.status).toBe(202);
  for (let round = 0; round < 100 && alice.host.arrived.length === 0; round++) {
    await stead.runAlarms();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  expect(alice.received("Accept")).toMatchObject([{ object: { id: follow["id"] } }]);
  stead.world.take();
}

async function inputOf(request: Request): Promise<string> {
  const body = request.body ? (await request.clone().text()).slice(0, 50_000) : "";
  return [body, request.url, request.headers.get("signature"), request.headers.get("date")].join("\n");
}
