/**
 * What every room is handed: the database, the ports to what lives above, the settings, the time. Made once an invocation
 * in `objects/bindings.ts`; no room reaches for a global.
 */
import type { DrizzleD1Database } from "drizzle-orm/d1";

import type { Iri, UnixMs } from "./brand.ts";
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import type { Meter } from "./meter.ts";
import type { Door } from "./safe-fetch.ts";
import type { Settings } from "./settings.ts";

export type Db = DrizzleD1Database;

/** Before the claim: everything but the stead itself. */
export interface Base {
  readonly db: Db;
  readonly ports: Ports;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Log;
  readonly door: Door;
  readonly meter: Meter;
}

export interface Ctx extends Base {
  readonly stead: Stead;
}

/** What never changes after the claim; kept in the isolate's memory. */
export interface Stead {
  /** `https://host`, no slash. */
  readonly origin: string;
  readonly actor: Iri;
  readonly handle: string;
  readonly handleDomain: string;
  /** The data key opened by INSTANCE_SECRET; null when the secret is missing or another one. */
  readonly dataKey: CryptoKey | null;
}

/** Lower rooms reach the Durable Objects, the queue and the platform only through these. */
export interface Ports {
  readonly mailroom: MailroomPort;
  readonly redelivery: RedeliveryPort;
  readonly mover: MoverPort;
  readonly queue: QueuePort;
  /** Null: this stead has no bucket, so nothing can be attached to a post. */
  readonly media: MediaPort | null;
  readonly streams: StreamsPort;
  /** Lets work go on after the answer. Nothing that must happen may rest on it: sweeps repeat what it missed. */
  background(work: Promise<unknown>): void;
}

/** A request as it came in, kept whole until its sender's key is known. */
export interface Mail {
  readonly actor: Iri;
  /** Lower-case host of the actor. */
  readonly host: string;
  readonly receivedAt: UnixMs;
  readonly url: string;
  readonly method: string;
  /** Lower-case names; only those a signature may cover. */
  readonly headers: Record<string, string>;
  /** Exactly the bytes received; they are UTF-8. */
  readonly body: string;
  /** base64 SHA-256 of the body, computed by us. */
  readonly digest: string;
}

export interface MailroomPort {
  /** Durable when it resolves to "stored". For the mail of strangers, many at once share 1 D1 read. */
  put(mail: Mail, from: Senders): Promise<Kept>;
  /** Mail that waits for its sender to be verified, by host, most first. */
  waiting(): Promise<WaitingHost[]>;
}

export interface WaitingHost {
  readonly host: string;
  readonly mails: number;
  /** What keeps it waiting, in our words; null: only that its turn has not come. */
  readonly problem: string | null;
}

/** Whose mail is kept: anybody's, or only who is not in the database yet, and whose host is not blocked. */
export type Senders = "anybody" | "strangers";

/** "full": the caps are reached, the sender must come again. "known": no stranger's; nothing was kept. */
export type Kept = "stored" | "full" | "known";

export interface MoverPort {
  /** There is something to do for a move, now or at a time that stands in D1. */
  wake(): Promise<void>;
}

/** A post by our number, or by its name in the fediverse. */
export type PostRef = number | Iri;

/** What happened, as pointers: what it looks like is read when it is told. `peer` is peers.id; 0: the owner. */
export type StreamEvent =
  | { kind: "post"; post: PostRef }
  | { kind: "edited"; post: PostRef }
  /** Posts and boosts that are gone. */
  | { kind: "deleted"; ids: readonly number[] }
  | { kind: "boost"; post: PostRef; peer: number }
  /** Of one of the owner's posts. */
  | { kind: "like"; post: PostRef; peer: number }
  | { kind: "follow"; peer: number }
  | { kind: "request"; peer: number }
  /** A complaint about the owner. */
  | { kind: "report"; peer: number }
  /** A poll of the owner's, or one they voted in, is over. */
  | { kind: "poll"; post: PostRef }
  /** The owner let notifications through that were held back. */
  | { kind: "notifications" }
  | { kind: "filters" };

export interface StreamsPort {
  /**
   * Tells whoever listens: best effort, behind the answer, and it never fails. 1 call for all of them; while nobody listens 1 in 3 seconds, and
   * nothing else: no D1, no row.
   */
  emit(events: readonly StreamEvent[]): void;
  /** A WebSocket with the events of these streams, for a bearer who may have them. 101, or 429 when there are too many. */
  open(listener: Listener): Promise<Response>;
  /** Tokens ended: their sockets are closed and their pushes too. Never fails; what it misses is found before anything is told. */
  tokensEnded(): Promise<void>;
  /** A push subscription is new, another or gone. Throws when it could not be told: nothing would be pushed. */
  subscriptionsChanged(): Promise<void>;
}

export interface Listener {
  /** `oauth_tokens.hash`. */
  readonly token: string;
  readonly scopes: readonly string[];
  /** In the words of the face that speaks to it; null: it will say so itself. */
  readonly stream: Readonly<Record<string, string>> | null;
}

/** Files under random names; whoever knows a name may read it. */
export interface MediaPort {
  /** Pieces of one size, but for the last. All of the file or nothing; an older one of the name is replaced. */
  put(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** Null: there is none. `unless`: without a body when this is its ETag. A range beyond the end: `size` alone is right. */
  get(name: string, part: FilePart | null, unless: string | null): Promise<StoredFile | null>;
  /** Without their bytes. */
  head(name: string): Promise<{ readonly size: number; readonly etag: string } | null>;
  /** What is not there is no fault. At most 1,000. */
  remove(names: readonly string[]): Promise<void>;
}

/** Bytes from `offset`, or the last ones. */
export type FilePart = { readonly offset: number; readonly length?: number } | { readonly suffix: number };

export interface StoredFile {
  /** Null: it is as `unless` says. */
  readonly body: ReadableStream<Uint8Array> | null;
  /** Of the whole file, in bytes. */
  readonly size: number;
  readonly etag: string;
}

export interface QueuePort {
  /** At most 100 messages a call. */
  send(messages: Message[]): Promise<void>;
}

/** Pointers only: never a body, never a key. `v` lets an older message be understood after an update. */
export type Message =
  /** The page of a stream that lies above `after`, up to and with `to`. */
  | { v: 1; kind: "deliver"; stream: string; after: number; to: number }
  /** Deliveries that failed before, by their due numbers. */
  | { v: 1; kind: "again"; due: number[] };

/** One delivery: the place in a stream that an inbox has. */
export interface Place {
  readonly stream: string;
  readonly position: number;
}

export interface Due extends Place {
  readonly due: number;
}

/** What became of one delivery, as the redelivery object is told. */
export interface Report extends Place {
  readonly host: string;
  readonly inbox: string;
  readonly outcome: ReportedOutcome;
}

export type ReportedOutcome =
  | { kind: "delivered" }
  /** The recipient no longer wants or has it: nothing is owed any more. */
  | { kind: "dropped"; why: string }
  /** Not tried: the host is known to be down. */
  | { kind: "waiting" }
  /** The host failed as a whole: network, 5xx, 429. `after` (ms) when it said Retry-After. */
  | { kind: "host-failed"; detail: string; after: number | null }
  /** This request was refused: 4xx. */
  | { kind: "refused"; detail: string }
  /** 404 or 410. */
  | { kind: "gone"; detail: string };

export interface RedeliveryPort {
  /** Something new is owed: the followers' log or an open fanout has grown. */
  wake(): Promise<void>;
  /** Leases a page for two minutes. Empty ranges: done already, or another copy of the message holds it. */
  claim(stream: string, after: number, to: number): Promise<Claim>;
  claimDue(due: number[]): Promise<Due[]>;
  /** A page was worked through: every place in it is delivered or noted as due. */
  done(stream: string, after: number, to: number, reports: Report[]): Promise<void>;
  doneDue(due: number[], reports: Report[]): Promise<void>;
  /** Sends the Accept of followers.id once more, unless it is still on its way. */
  acceptAgain(follower: number): Promise<void>;
  /** Sends the Accepts of all followers above `after`, up to and with `through`, once more, under the ids they had. */
  acceptsAgain(after: number, through: number): Promise<void>;
  /** Gives a dead letter another life of seven days. */
  resend(letter: Place & { inbox: string; host: string }): Promise<void>;
  /** Hosts that fail now, worst first. */
  failing(): Promise<FailingHost[]>;
  /** How far a log is: the Accepts of followers, or of rescues. */
  state(log: "accepts" | "rescues"): Promise<LogState>;
}

/** Positions are ids of `followers` or `rescues`. */
export interface LogState {
  /** Places that were worked through, as sorted, disjoint ranges `(after, to]`: each is delivered, due, given up, or not owed any more. */
  readonly done: { after: number; to: number }[];
  /** Deliveries that were taken, ever; one that was sent again counts again. */
  readonly delivered: number;
  /** What is to be tried again, by position; 500 at most. `nextAt` is unix ms. */
  readonly due: { position: number; host: string; detail: string; attempts: number; nextAt: number }[];
}

export interface Claim {
  readonly ranges: { after: number; to: number }[];
  /** Hosts whose circuit is open: their deliveries are reported as `waiting`, without a POST. */
  readonly down: string[];
}

export interface FailingHost {
  readonly host: string;
  readonly failures: number;
  readonly since: UnixMs;
  readonly nextAt: UnixMs;
  readonly detail: string;
  readonly waiting: number;
}
