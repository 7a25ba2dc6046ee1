/**
 * The streaming object: one for the stead. It holds the sockets of the owner's apps, asleep while nothing happens, and what waits to be pushed.
 * Thin: which posts belong to which stream is in `tell.ts`, what a push says in `push/`.
 */
import { DurableObject } from "cloudflare:workers";

import type { Env } from "../../env.ts";
import { MINUTE, SECOND, systemClock } from "../../kernel/clock.ts";
import type { Ctx, StreamEvent } from "../../kernel/ctx.ts";
import { consoleLog } from "../../kernel/log.ts";
import type { Scope } from "../../model/scopes.ts";
import { bindClaimed } from "../../objects/bindings.ts";
import { listenerOf, type StreamsObject } from "../../objects/streams.ts";
import { workingSubscriptions, type Subscription } from "../../store/push.ts";
import { numbersOf, tokensAlive, type Meant } from "../../store/streams.ts";
import { pushRound, wantedPushes } from "../push/line.ts";
import { Waiting, type ToPush } from "../push/waiting.ts";
import { hearsWith, mayListen, readChannel, type Channel } from "./channels.ts";
import { FRAME_MAX, readFrame, UNKNOWN } from "./frames.ts";
import { keep, listeningOf, subscribe, unsubscribe } from "./listeners.ts";
import { noticesOf } from "./notices.ts";
import { mayBeTold, messagesOf, noticeMessages, type Message } from "./tell.ts";

/** Sockets in all, and of one token: an app that lost its connection opens another before we know. */
const SOCKETS_MAX = 64;
const OF_TOKEN_MAX = 8;
/** Events that wait to be told. Of more, an app learns when it asks. */
const BACKLOG_MAX = 2_000;
/** Between two times that something is told, in ms; and while more comes than can be told. */
const PAUSE = 200;
const FLOOD_PAUSE = 5 * SECOND;

/** Notifications that are remembered as told. */
const TOLD_MAX = 500;
/** After a fault of ours. */
const AGAIN = 1 * MINUTE;
/** Under which the object keeps whether there is a push subscription. */
const PUSHING = "pushing";

/** RFC 6455 §7.4.1. */
const CLOSE = { replaced: 1000, binary: 1003, policy: 1008, tooBig: 1009 } as const;

export class Streaming extends DurableObject<Env> implements StreamsObject {
  readonly #waiting: Waiting;
  /** Null: to be read. */
  #pushing: boolean | null = null;
  #subscriptions: Subscription[] | null = null;
  /** Numbers of notifications that were told of, the oldest first. */
  readonly #told = new Set<number>();
  /** Not told yet. */
  readonly #events: StreamEvent[] = [];
  #telling: Promise<void> | null = null;
  #line: Promise<void> = Promise.resolve();
  /** Unix ms. */
  #mayTellAt = 0;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#waiting = new Waiting(state.storage);
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** A socket for a listener that the Worker has let in. */
  override async fetch(request: Request): Promise<Response> {
    const { token, scopes, stream } = listenerOf(request);
    if (this.ctx.getWebSockets().length >= SOCKETS_MAX) return new Response(null, { status: 429 });
    this.#makeRoom(token);
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.ctx.acceptWebSocket(ours, [token]);
    keep(ours, { token, hears: hearsWith(scopes as Scope[]), since: systemClock(), channels: [] });
    if (stream) {
      const { stream: name = "", tag = "", list = "" } = stream;
      this.#subscribe(ours, readChannel({ stream: name, tag, list }));
    }
    // Its token may have ended on the way here.
    this.ctx.waitUntil(this.tokensEnded());
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /** Resolves when it is told. While nobody listens it reads nothing but its own memory. */
  async emit(events: readonly StreamEvent[]): Promise<"told" | "nobody"> {
    if (!this.#isHeard()) return "nobody";
    this.#events.push(...events.slice(0, BACKLOG_MAX - this.#events.length));
    await (this.#telling ??= this.#tellSoon());
    return "told";
  }

  /** What happens in quick succession is told together, in its order. Never rejects. */
  async #tellSoon(): Promise<void> {
    // Awaited in any case, or `#telling` would be set after it was over.
    await scheduler.wait(Math.max(0, Math.min(this.#mayTellAt - systemClock(), FLOOD_PAUSE)));
    this.#telling = null;
    const events = this.#events.splice(0);
    this.#line = this.#line.then(async () => {
      try {
        const more = await this.#tell(events);
        this.#mayTellAt = systemClock() + (more ? FLOOD_PAUSE : PAUSE);
      } catch (cause) {
        consoleLog.error("streams", cause, { events: events.length });
      }
    });
    await this.#line;
  }

  /** At most 2 D1 reads; none while nobody listens. */
  async tokensEnded(): Promise<void> {
    if (!this.#isHeard()) return;
    const { db } = await this.#bind();
    const asked = this.#tokens();
    if (asked.length > 0) this.#closeEnded(asked, await tokensAlive(db, asked));
    if (this.#isPushing()) await this.#loadSubscriptions();
  }

  async subscriptionsChanged(): Promise<void> {
    await this.#loadSubscriptions();
  }

  /** A round of pushes. */
  override async alarm(): Promise<void> {
    try {
      await pushRound(await this.#bind(), this.#waiting);
    } catch (cause) {
      consoleLog.error("pushes", cause);
      await this.ctx.storage.setAlarm(systemClock() + AGAIN);
      return;
    }
    this.#subscriptions = null; // some may have ended
    const next = this.#waiting.nextAt();
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next, systemClock()));
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (typeof message !== "string") return socket.close(CLOSE.binary, "Only text is understood");
    if (message.length > FRAME_MAX) return socket.close(CLOSE.tooBig, "That is too long");
    const frame = readFrame(message);
    switch (frame.kind) {
      case "subscribe":
        return this.#subscribe(socket, frame.channel);
      case "unsubscribe":
        return unsubscribe(socket, frame.channel);
      case "wrong":
        return say(socket, { error: frame.problem, status: frame.status });
      case "nothing":
        return;
    }
  }

  override webSocketClose(socket: WebSocket): void {
    end(socket, CLOSE.replaced, "");
  }

  override webSocketError(_: WebSocket, cause: unknown): void {
    consoleLog.info("socket", { cause: String(cause) });
  }

  #subscribe(socket: WebSocket, channel: Channel | null): void {
    if (channel === null) return say(socket, { error: UNKNOWN.problem, status: UNKNOWN.status });
    if (!mayListen(listeningOf(socket).hears, channel))
      return say(socket, { error: "This action is outside the authorized scopes", status: 403 });
    if (!subscribe(socket, channel)) say(socket, { error: "Too many channels requested", status: 429 });
  }

  /** True: there was more than could be told. At most 9 D1 calls, where nobody listens to lists or direct posts. */
  async #tell(events: readonly StreamEvent[]): Promise<boolean> {
    const ctx = await this.#bind();
    const asked = this.#tokens();
    const { numbers, alive } = await numbersOf(ctx.db, events.map(meantBy), asked);
    this.#closeEnded(asked, alive);
    const channels = this.ctx.getWebSockets().flatMap((socket) => listeningOf(socket).channels);
    for (const message of await messagesOf(ctx, events, numbers, channels)) this.#send(message);
    const subscriptions = this.#isPushing() ? (this.#subscriptions ?? (await this.#loadSubscriptions())) : [];
    if (!mayBeTold(channels) && subscriptions.length === 0) return false;
    const found = await noticesOf(ctx, events, numbers);
    const notices = found.notices.filter(({ row }) => this.#isNew(row.id));
    for (const message of noticeMessages({ ...found, notices }, channels)) this.#send(message);
    await this.#push(await wantedPushes(ctx, notices, subscriptions));
    return found.more;
  }

  /** Kept together with the alarm that sends them. */
  async #push(pushes: readonly ToPush[]): Promise<void> {
    if (pushes.length === 0) return;
    const at = this.#waiting.add(pushes, systemClock());
    if (at !== null) await this.ctx.storage.setAlarm(at);
  }

  /** Not told of a moment ago: activities come twice now and then. */
  #isNew(notice: number): boolean {
    if (this.#told.has(notice)) return false;
    this.#told.add(notice);
    const [oldest] = this.#told;
    if (this.#told.size > TOLD_MAX && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }

  #isHeard(): boolean {
    return this.ctx.getWebSockets().length > 0 || this.#isPushing();
  }

  /** Whether there is a subscription, as the object was last told. */
  #isPushing(): boolean {
    this.#pushing ??= this.ctx.storage.kv.get<boolean>(PUSHING) ?? false;
    return this.#pushing;
  }

  /** 1 D1 read. */
  async #loadSubscriptions(): Promise<Subscription[]> {
    const { db } = await this.#bind();
    const found = await workingSubscriptions(db);
    const pushing = found.length > 0;
    if (pushing || this.#isPushing()) this.#waiting.keepOnly(found.map(({ id }) => id));
    if (pushing !== this.#isPushing()) this.ctx.storage.kv.put(PUSHING, pushing);
    this.#pushing = pushing;
    this.#subscriptions = found;
    return found;
  }

  #send({ channel, needs, event, payload }: Message): void {
    const text = JSON.stringify({ stream: channel, event, payload });
    for (const socket of this.ctx.getWebSockets()) {
      const { channels, hears } = listeningOf(socket);
      if (hears[needs] && channels.some(([name, of]) => name === channel[0] && of === channel[1]))
        sayText(socket, text);
    }
  }

  #tokens(): string[] {
    return [...new Set(this.ctx.getWebSockets().map((socket) => listeningOf(socket).token))];
  }

  /** Of the tokens that were asked about: who came since is not judged by an answer that does not speak of them. */
  #closeEnded(asked: readonly string[], alive: ReadonlySet<string>): void {
    for (const socket of this.ctx.getWebSockets()) {
      const { token } = listeningOf(socket);
      if (asked.includes(token) && !alive.has(token))
        end(socket, CLOSE.policy, "The access token was revoked");
    }
  }

  /** The oldest of its token go. */
  #makeRoom(token: string): void {
    const held = this.ctx
      .getWebSockets(token)
      .toSorted((a, b) => listeningOf(a).since - listeningOf(b).since);
    for (const socket of held.slice(0, Math.max(0, held.length - OF_TOKEN_MAX + 1)))
      end(socket, CLOSE.replaced, "Another connection of this app took its place");
  }

  #bind(): Promise<Ctx> {
    return bindClaimed(this.env, (work) => this.ctx.waitUntil(work));
  }
}

function meantBy(event: StreamEvent): Meant {
  const boostedBy = event.kind === "boost" ? event.peer : null;
  return { post: "post" in event ? event.post : -1, boostedBy };
}

const say = (socket: WebSocket, what: unknown): void => sayText(socket, JSON.stringify(what));

/** A socket that is closing takes nothing more, and that is no fault. */
function sayText(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch (cause) {
    consoleLog.info("socket", { cause: String(cause) });
  }
}

function end(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // It was closed already.
  }
}
