/** An app that listens: every message is held against its contract. */
import * as v from "valibot";
import { expect } from "vitest";

import type { Stead } from "../fediverse/stead.ts";
import { streamed, streamError } from "./contracts/streaming.ts";
import type { Json } from "./client.ts";

export interface Heard {
  readonly stream: string[];
  readonly event: string;
  readonly payload: unknown;
}

/** Longest that something may take that has to come: more than the 5 s between two tellings of a flood. */
const PATIENCE = 12_000;

export class Ear {
  readonly socket: WebSocket;
  readonly answer: Response;
  readonly heard: Heard[] = [];
  readonly errors: Json[] = [];
  closed: { code: number; reason: string } | null = null;

  private constructor(answer: Response) {
    this.answer = answer;
    this.socket = answer.webSocket!;
    this.socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
    this.socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
    this.socket.accept();
  }

  static async at(stead: Stead, path: string, headers: Record<string, string> = {}): Promise<Ear> {
    const answer = await knock(stead, path, headers);
    expect([path, answer.status]).toEqual([path, 101]);
    return new Ear(answer);
  }

  /** One that listens to a stream from the first moment. */
  static to(stead: Stead, token: string, stream: string, more: Record<string, string> = {}): Promise<Ear> {
    const query = new URLSearchParams({ stream, ...more }).toString();
    return Ear.at(stead, `/api/v1/streaming?${query}`, { authorization: `Bearer ${token}` });
  }

  #hear(text: string): void {
    if (text === "pong") return;
    const said = JSON.parse(text) as Json;
    if ("error" in said) {
      this.errors.push(v.parse(streamError, said));
      return;
    }
    const parsed = v.safeParse(streamed, said);
    const problems = parsed.issues?.map(
      ({ message, path }) => `${v.getDotPath({ path } as never)}: ${message}`,
    );
    this.heard.push(
      problems
        ? { stream: [], event: `against its contract: ${problems.join()}`, payload: text }
        : (parsed.output as Heard),
    );
  }

  say(what: unknown): void {
    this.socket.send(typeof what === "string" ? what : JSON.stringify(what));
  }

  subscribe(stream: string, more: Json = {}): void {
    this.say({ type: "subscribe", stream, ...more });
  }

  /** Events with their streams, in order. */
  get events(): string[] {
    return this.heard.map(({ stream, event }) => `${stream.join(" ")}: ${event}`);
  }

  of(event: string): Json[] {
    return this.heard.filter((one) => one.event === event).map(({ payload }) => payload as Json);
  }

  async until(holds: () => boolean): Promise<void> {
    const latest = performance.now() + PATIENCE;
    while (!holds()) {
      if (performance.now() > latest)
        throw new Error(`it did not come; heard: ${JSON.stringify(this.events)}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Waits until as many came, and a moment longer, lest more do. */
  async hears(count: number): Promise<string[]> {
    await this.until(() => this.heard.length >= count);
    await moment();
    return this.events;
  }
}

export const moment = (ms = 260) => new Promise((resolve) => setTimeout(resolve, ms));

export function knock(stead: Stead, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return stead.fetch(path, { headers: { upgrade: "websocket", ...headers } });
}
