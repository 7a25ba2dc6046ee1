/** What is measured of a stead, and the empty work that each is held against. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Ask, Client } from "../rig/client.ts";
import { callsOfNth, noCalls, PAGE, perOperation, type Calls } from "./calls.ts";
import { fire, type Shot } from "./measure.ts";
import { get, type Owner, type Peers } from "./requests.ts";

export interface Case {
  readonly name: string;
  /** Makes everything ready, and gives the work that is measured: it returns how many operations it did. */
  ready(): Promise<() => Promise<number>>;
  /** The same for as many operations that only make these calls. */
  empty(operations: number, calls: Calls): Promise<() => Promise<void>>;
  /** Sees afterwards that what was asked for was done. Throws when it was not. */
  check?(operations: number): Promise<void>;
}

/** What the fake fediverse was sent so far. */
export interface Outside {
  posts: number;
  /** By empty work. */
  empty: number;
}

const NOOPS = 1_500;
const BODY = "x".repeat(700);
const GETS = 300;
const POSTS = 120;
const JUNK = 800;
const DELETES = 300;
const REPEATED = 50;
const TIMES = 10;
/** Pages of signatures. */
const PAGES = 200;
/** Posts to everybody in one measurement. */
const PUBLISHED = 3;
const PATIENCE_MS = 30_000;

interface State {
  readonly followers: number;
  readonly replies: number;
  readonly inboxes: number;
}

export class SteadCases {
  readonly #client: Client;
  readonly #owner: Owner;
  readonly #peers: Peers;
  readonly #outside: Outside;
  readonly #post: string;
  #next = 0;
  #accepted = 0;

  /** `post`: path of a post of the owner's. */
  constructor(client: Client, owner: Owner, peers: Peers, outside: Outside, post: string) {
    this.#client = client;
    this.#owner = owner;
    this.#peers = peers;
    this.#outside = outside;
    this.#post = post;
  }

  all(): Case[] {
    const webfinger = `/.well-known/webfinger?resource=acct:me@${new URL(this.#owner.origin).host}`;
    return [
      this.#noop(),
      this.#gets("actorGet", this.#owner.actor.slice(this.#owner.origin.length)),
      this.#gets("webfinger", webfinger),
      this.#gets("postGet", this.#post),
      this.#posts("junk", JUNK, (n) => this.#peers.junk(n, this.#owner)),
      this.#posts("irrelevantDelete", DELETES, async (n) =>
        accepted(await this.#peers.deleteSelf(n, this.#owner)),
      ),
      this.#follows("followKnownKey", true),
      this.#follows("followNewKey", false),
      this.#replies(),
      this.#deliveries("accept", () => this.#acceptsOwed()),
      this.#deliveries("delivery", () => this.#publish()),
      this.#repeated("rsaSign", "rsa-sign-page", PAGE, PAGES),
      this.#repeated("rsaSignLoop", "rsa-sign-loop", TIMES),
      this.#repeated("rsaVerify", "rsa-verify", 20 * TIMES),
      this.#repeated("password", "password", 1),
    ];
  }

  /** A POST that nothing is done with: what the runtime itself takes. */
  #noop(): Case {
    const shots = Array.from({ length: NOOPS }, () => emptyShot(noCalls(), BODY));
    return {
      name: "noop",
      ready: () => Promise.resolve(() => this.#fire(shots)),
      empty: () => Promise.resolve(() => Promise.resolve()),
    };
  }

  #gets(name: string, path: string): Case {
    const shots = Array.from({ length: GETS }, () => ({ ask: get(path), status: 200 }));
    return {
      name,
      ready: () => Promise.resolve(() => this.#fire(shots)),
      empty: (operations, calls) => this.#emptyRequests(operations, calls, null),
    };
  }

  #posts(name: string, count: number, make: (n: number) => Promise<Shot>): Case {
    let last: Shot[] = [];
    return {
      name,
      ready: async () => {
        last = await this.#numbered(count, make);
        return () => this.#fire(last);
      },
      empty: (operations, calls) => this.#emptyRequests(operations, calls, last[0]!.ask.body!),
    };
  }

  /** Up to the follower's row; the Accept is on its own. */
  #follows(name: string, known: boolean): Case {
    const make = async (n: number) => accepted(await this.#peers.follow(n, this.#owner));
    return this.#counted(this.#posts(name, POSTS, make), "followers", known);
  }

  #replies(): Case {
    const to = `${this.#owner.origin}${this.#post}`;
    const make = async (n: number) => accepted(await this.#peers.reply(n, this.#owner, to));
    return this.#counted(this.#posts("create", POSTS, make), "replies", true);
  }

  /** With the peers stored beforehand or not, and a look at the rows afterwards. */
  #counted(posts: Case, what: "followers" | "replies", known: boolean): Case {
    let before = 0;
    return {
      ...posts,
      ready: async () => {
        if (known) await this.#store(POSTS);
        before = (await this.#state())[what];
        return posts.ready();
      },
      check: async (operations) => {
        const added = (await this.#state())[what] - before;
        if (added !== operations) throw new Error(`${posts.name}: ${added} ${what}, not ${operations}`);
      },
    };
  }

  /** From "something is owed" to the last POST, by the POST. */
  #deliveries(name: string, owe: () => Promise<number>): Case {
    return {
      name,
      ready: async () => {
        const owed = await owe();
        if (owed === 0) throw new Error(`${name}: nothing is owed`);
        return async () => {
          const before = this.#outside.posts;
          await door(this.#client, "release");
          await until(() => this.#outside.posts >= before + owed);
          return this.#outside.posts - before;
        };
      },
      empty: (operations, calls) => this.#emptyMessages(operations, calls),
      check: async () => void (await door(this.#client, "hold")),
    };
  }

  /** Accepts: one for each new follower. */
  async #acceptsOwed(): Promise<number> {
    const { followers } = await this.#state();
    const owed = followers - this.#accepted;
    this.#accepted = followers;
    return owed;
  }

  /** Posts to all followers: one POST for each inbox and post. */
  async #publish(): Promise<number> {
    for (let n = 0; n < PUBLISHED; n++) await door(this.#client, "publish");
    return PUBLISHED * (await this.#state()).inboxes;
  }

  /** An operation done many times a request. */
  #repeated(name: string, path: string, times: number, requests = REPEATED): Case {
    const ask: Ask = { method: "POST", path: `/__bench/${path}?times=${times}`, body: "" };
    const shots = Array.from({ length: requests }, () => ({ ask, status: 200 }));
    return {
      name,
      ready: () => Promise.resolve(async () => times * (await this.#fire(shots))),
      empty: (operations, calls) =>
        this.#emptyRequests(operations / times, perOperation(calls, 1 / times), ""),
    };
  }

  async #fire(shots: readonly Shot[]): Promise<number> {
    await fire(this.#client, shots);
    return shots.length;
  }

  async #emptyRequests(operations: number, calls: Calls, body: string | null) {
    const shots = Array.from({ length: operations }, (_, n) => emptyShot(callsOfNth(calls, n), body));
    return () => fire(this.#client, shots);
  }

  async #emptyMessages(operations: number, calls: Calls) {
    const messages = Math.ceil(operations / PAGE);
    const each = { ...perOperation(calls, messages / operations), message: 0 };
    const all = Array.from({ length: messages }, (_, n) => callsOfNth(each, n));
    const fetches = all.reduce((sum, one) => sum + one.fetch, 0);
    return async () => {
      const before = this.#outside.empty;
      await door(this.#client, "empty-messages", JSON.stringify(all));
      await until(() => this.#outside.empty >= before + fetches);
    };
  }

  /** Requests of the next actors. */
  async #numbered(count: number, make: (n: number) => Promise<Shot>): Promise<Shot[]> {
    const first = this.#next;
    this.#next += count;
    return Promise.all(Array.from({ length: count }, (_, n) => make(first + n)));
  }

  /** Stores the actors that are next. */
  async #store(count: number): Promise<void> {
    const documents = Array.from({ length: count }, (_, n) => this.#peers.document(this.#next + n));
    await door(this.#client, "peers", JSON.stringify(documents));
  }

  async #state(): Promise<State> {
    return JSON.parse(await door(this.#client, "state")) as State;
  }
}

export const accepted = (ask: Ask): Shot => ({ ask, status: 202 });

/** A request that makes calls and does nothing. `body` null: a GET. */
export function emptyShot(calls: Calls, body: string | null): Shot {
  const headers = { "x-calls": JSON.stringify(calls) };
  const path = "/__bench/empty";
  return accepted(body === null ? { path, headers } : { method: "POST", path, headers, body });
}

export async function door(client: Client, name: string, body = ""): Promise<string> {
  const answer = await client.ask({ method: "POST", path: `/__bench/${name}`, body });
  if (answer.status !== 200) throw new Error(`${name} answered ${answer.status}: ${answer.body}`);
  return answer.body;
}

async function until(done: () => boolean): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !done(); await sleep(20))
    if (Date.now() > deadline) throw new Error("what was handed out did not arrive");
}
