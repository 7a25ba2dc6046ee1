/**
 * A server whose people follow an account that moves to the stead, and which keeps the rules of its software for that: what it checks, how
 * long it remembers, how often it tries, what it believes of our answers. Written from those rules, of no use to the Worker: it is what the
 * Worker is held against. Time is `Date.now()`, which the tests move; what is due happens in `work()`.
 */
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import { importPublicKey, verify } from "../../worker/signatures/verify.ts";
import type { Doc, FakeHost } from "./peer.ts";
import { join, type Member } from "./shapes/cast.ts";
import { bare, type Software } from "./shapes/software.ts";
import { ACTOR, ORIGIN, type Stead } from "./stead.ts";

/** How somebody stands to the two accounts, as their own server sees it. */
export type Standing =
  /** Nothing has come of the Move yet, or nothing ever will: the safe failure. */
  | "following-old"
  /** Has asked the new account, and waits for its Accept. */
  | "requested"
  | "following-new"
  | "neither";

/** What became of a delivery, in the server's own opinion. */
export type Sent = "delivered" | "given-up" | "again";

/** One of the server's people. */
export class Local {
  readonly member: Member;
  followsOld = false;
  /** The Follow of the stead that this server knows of. */
  asked: { activity: Doc; accepted: boolean } | null = null;

  constructor(joined: Member) {
    this.member = joined;
  }

  get id(): string {
    return this.member.peer.id;
  }

  get standing(): Standing {
    if (this.asked) return this.asked.accepted ? "following-new" : "requested";
    return this.followsOld ? "following-old" : "neither";
  }
}

interface Job {
  at: number;
  tries: number;
  readonly run: () => Promise<Sent>;
  /** When it is no longer tried; "delivered" or "given-up". */
  readonly after: (sent: Sent) => void;
}

export abstract class FollowerServer {
  readonly host: FakeHost;
  readonly people: Local[] = [];
  readonly #jobs: Job[] = [];
  protected readonly stead: Stead;
  protected readonly software: Software;
  /** The account that its people follow. */
  protected readonly old: string;

  /** Nobody reaches it, and it does nothing. */
  down = false;
  /** What it sends us gets this instead of our answer, and never reaches us: a status, or no answer at all. */
  weAre: "reachable" | "down" | number = "reachable";
  /** Our Accepts are taken with a 2xx and forgotten: its queue, its database or its restart lost them. */
  losesAccepts = false;
  /** Its Follows are taken out of its queue and never sent. */
  losesFollows = false;

  constructor(stead: Stead, software: Software, name: string, old: string) {
    this.stead = stead;
    this.software = software;
    this.old = old;
    this.host = stead.host(name);
    this.host.get = () => this.#alive(null);
    this.host.post = async (request) => this.#alive(null) ?? this.#take(request);
  }

  /** People of that server, by their names. */
  async join(...names: string[]): Promise<this> {
    for (const name of names)
      this.people.push(new Local(await join(this.stead, this.software, name, this.host.name)));
    return this;
  }

  /** All of them follow the old account. */
  follow(): this {
    for (const local of this.people) local.followsOld = true;
    return this;
  }

  get standings(): Standing[] {
    return this.people.map((local) => local.standing);
  }

  /** What the old account's server brings: a Move, or the Update before it. */
  abstract receives(activity: Doc): Promise<void>;

  /** Its own way to answer our Accept or Reject of somebody's Follow, and whatever else we bring. */
  protected abstract answers(activity: Doc, inbox: string, request: Request): Promise<number>;

  /** ms until the nth try after a failure, n from 1; null: no more. */
  protected abstract wait(failures: number): number | null;

  /** What the status of our answer means to it. */
  protected abstract judges(status: number): Sent;

  /** Does what is due now. True: there was something. */
  async work(): Promise<boolean> {
    if (this.down) return false;
    const due = this.#jobs.filter((job) => job.at <= Date.now());
    for (const job of due) await this.#try(job);
    return due.length > 0;
  }

  /** When the next thing is due, ms; null: nothing is. */
  get nextAt(): number | null {
    return this.#jobs.length === 0 ? null : Math.min(...this.#jobs.map((job) => job.at));
  }

  async #try(job: Job): Promise<void> {
    this.#jobs.splice(this.#jobs.indexOf(job), 1);
    const sent = await job.run();
    if (sent !== "again") return job.after(sent);
    const wait = this.wait(++job.tries);
    if (wait === null) return job.after("given-up");
    job.at = Date.now() + wait;
    this.#jobs.push(job);
  }

  protected enqueue(run: Job["run"], after: Job["after"] = () => {}): void {
    this.#jobs.push({ at: Date.now(), tries: 0, run, after });
  }

  /** A Follow of the stead by one of its people, on its way to the inbox. `skips`: it is not sent after all. */
  protected ask(local: Local, after: Job["after"] = () => {}, skips: () => boolean = () => false): void {
    const activity = this.newFollow(local);
    local.asked = { activity, accepted: false };
    this.enqueue(async () => {
      if (skips() || this.losesFollows) return "delivered";
      return this.deliver(local, activity);
    }, after);
  }

  protected newFollow(local: Local): Doc {
    return this.software.follow!(local.member.me, ACTOR);
  }

  /** A person follows the stead by hand, as they would any other account. */
  async follows(local: Local): Promise<void> {
    if (!local.asked) this.ask(local);
  }

  /** A person takes their Follow of the stead back. */
  leaves(local: Local): void {
    if (!local.asked) return;
    const undo = this.software.undoFollow!(local.member.me, local.asked.activity);
    local.asked = null;
    this.enqueue(() => this.deliver(local, undo));
  }

  /** POSTs to our inbox, signed with the person's own key. */
  protected async deliver(local: Local, activity: Doc): Promise<Sent> {
    const status = await this.#reach(() => local.member.send(activity));
    return status === null ? "again" : this.judges(status);
  }

  async #reach(send: () => Promise<Response>): Promise<number | null> {
    if (this.weAre === "down") return null;
    return this.weAre === "reachable" ? (await send()).status : this.weAre;
  }

  /** A signed GET of a document; null: not to be had. The stead's own come through its door. */
  protected async fetch(url: string): Promise<Doc | null> {
    const [reader] = this.people;
    if (!reader || (this.weAre !== "reachable" && url.startsWith(ORIGIN))) return null;
    const key = { id: reader.member.peer.keyId, privateKey: reader.member.peer.pair.privateKey };
    const headers = {
      accept: "application/activity+json",
      ...(await signCavage(key, { method: "GET", url, at: Date.now() as UnixMs })),
    };
    const request = new Request(url, { headers });
    try {
      const answer = await (url.startsWith(`${ORIGIN}/`) ? this.stead.fetch(request) : fetch(request));
      return answer.ok ? await answer.json<Doc>() : null;
    } catch {
      return null;
    }
  }

  /** Whom of its people an activity of ours names as the one who asked. */
  protected asker(activity: Doc): Local | null {
    const follow = activity["object"];
    if (typeof follow === "string")
      return this.people.find((one) => one.asked?.activity["id"] === follow) ?? null;
    const { type, actor, object } = (follow ?? {}) as Doc;
    if (type !== "Follow" || object !== ACTOR) return null;
    return this.people.find((one) => one.id === actor) ?? null;
  }

  /** The same for everybody: what we answered is so. Nothing happens where nothing was asked. */
  protected settle(type: unknown, local: Local): void {
    if (type === "Reject") local.asked = null;
    else if (local.asked && !this.losesAccepts) local.asked.accepted = true;
  }

  #alive(otherwise: null): Response | null {
    if (this.down) throw new TypeError(`${this.host.name} is down`);
    return otherwise;
  }

  async #take(request: Request): Promise<Response> {
    const body = await request.clone().text();
    const activity = JSON.parse(body) as Doc;
    if (activity["actor"] !== ACTOR || !(await this.#verifies(request, body)))
      return new Response(null, { status: 401 });
    const status = await this.answers(activity, new URL(request.url).pathname, request);
    return new Response(null, { status });
  }

  /** With the key that our actor document shows now. */
  async #verifies(request: Request, body: string): Promise<boolean> {
    const actor = await this.stead.getJson("/actor");
    const { publicKeyPem } = bare(actor)["publicKey"] as Doc;
    const headers = { host: this.host.name, ...Object.fromEntries(request.headers) };
    const raw = { method: "POST", url: request.url, headers, digest: await sha256(body) };
    const read = readSignature(raw, Date.now() as UnixMs);
    const key = await importPublicKey({ kind: "pem", pem: publicKeyPem as string });
    return read.ok && key !== null && verify(read.signature, key);
  }
}

/** The list in an actor's field, whether it is written as one or many. */
export function listed(document: Doc, field: string): unknown[] {
  const value = document[field] ?? [];
  return Array.isArray(value) ? value : [value];
}
