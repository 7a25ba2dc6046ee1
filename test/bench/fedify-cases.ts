/** The same work by Fedify. Keys of peers are known or at hand; nothing is stored but in memory. */
import type { Client } from "../rig/client.ts";
import { accepted, type Case, emptyShot } from "./cases.ts";
import { noCalls } from "./calls.ts";
import { fire, type Shot } from "./measure.ts";
import { get, type Owner, type Peers } from "./requests.ts";

const GETS = 100;
const POSTS = 60;

export class FedifyCases {
  readonly #client: Client;
  readonly #owner: Owner;
  readonly #peers: Peers;
  #next = 0;

  constructor(client: Client, owner: Owner, peers: Peers) {
    this.#client = client;
    this.#owner = owner;
    this.#peers = peers;
  }

  all(): Case[] {
    const path = new URL(this.#owner.actor).pathname;
    const actor = Array.from({ length: GETS }, () => ({ ask: get(path), status: 200 }));
    const follow = async (n: number) => accepted(await this.#peers.follow(n, this.#owner));
    const reply = async (n: number) =>
      accepted(await this.#peers.reply(n, this.#owner, `${this.#owner.origin}/posts/1`));
    return [
      {
        name: "actorGet",
        ready: () => Promise.resolve(() => this.#fire(actor)),
        empty: (operations) => this.#empty(operations, null),
      },
      this.#posts("followNewKey", follow, null),
      this.#posts("follow", follow, follow),
      this.#posts("create", reply, follow),
    ];
  }

  /** `first`: what the same actors send before, so that their keys are known. */
  #posts(
    name: string,
    make: (n: number) => Promise<Shot>,
    first: ((n: number) => Promise<Shot>) | null,
  ): Case {
    let body = "";
    return {
      name,
      ready: async () => {
        const numbers = Array.from({ length: POSTS }, (_, n) => this.#next + n);
        this.#next += POSTS;
        if (first) await fire(this.#client, await Promise.all(numbers.map(first)));
        const shots = await Promise.all(numbers.map(make));
        body = shots[0]!.ask.body!;
        return () => this.#fire(shots);
      },
      empty: (operations) => this.#empty(operations, body),
    };
  }

  async #fire(shots: readonly Shot[]): Promise<number> {
    await fire(this.#client, shots);
    return shots.length;
  }

  async #empty(operations: number, body: string | null) {
    const shots = Array.from({ length: operations }, () => emptyShot(noCalls(), body));
    return () => fire(this.#client, shots);
  }
}
