/** What the owner's app asks, measured: the home timeline, the notifications, and a post. */
import type { Ask, Client } from "../rig/client.ts";
import { callsOfNth, type Calls } from "./calls.ts";
import { type Case, door, emptyShot } from "./cases.ts";
import { fire, type Shot } from "./measure.ts";

const READS = 200;
const WRITES = 60;
/** Requests a token may make in five minutes: `worker/mastodon/rate-limit.ts`. */
const A_TOKEN = 250;

export class AppCases {
  readonly #client: Client;
  #tokens: string[] = [];
  #left = 0;
  #written = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  all(): Case[] {
    return [
      this.#case("homeTimeline", READS, () => ({ method: "GET", path: "/api/v1/timelines/home" })),
      this.#case("notifications", READS, () => ({ method: "GET", path: "/api/v1/notifications" })),
      this.#case("statusPost", WRITES, () => this.#post()),
    ];
  }

  #post(): Ask {
    const status = `Post number ${++this.#written}, of ordinary length, with nothing in it but words.`;
    return { method: "POST", path: "/api/v1/statuses", body: JSON.stringify({ status }) };
  }

  #case(name: string, count: number, make: () => Ask): Case {
    return {
      name,
      ready: async () => {
        await this.#makeTokens(count);
        const shots = Array.from({ length: count }, () => this.#asked(make()));
        return async () => {
          await fire(this.#client, shots);
          return count;
        };
      },
      empty: (operations: number, calls: Calls) => {
        const body = make().body ?? null;
        const shots = Array.from({ length: operations }, (_, n) => emptyShot(callsOfNth(calls, n), body));
        return Promise.resolve(() => fire(this.#client, shots));
      },
      check: async () => void (await door(this.#client, "forget")),
    };
  }

  #asked(ask: Ask): Shot {
    if (this.#left === 0) {
      this.#tokens.pop();
      this.#left = A_TOKEN;
    }
    this.#left--;
    const headers = { authorization: `Bearer ${this.#tokens.at(-1)}`, "content-type": "application/json" };
    return { ask: { ...ask, headers }, status: 200 };
  }

  /** Fresh ones: enough for so many requests. */
  async #makeTokens(requests: number): Promise<void> {
    const count = Math.ceil(requests / A_TOKEN);
    this.#tokens = JSON.parse(await door(this.#client, `tokens?count=${count}`)) as string[];
    this.#left = A_TOKEN;
  }
}
