/** What is known of each socket. It lies with the socket itself, so that the object may sleep while nothing happens. */
import { sameChannel, type Channel, type Hears } from "./channels.ts";

export interface Listening {
  /** `oauth_tokens.hash`. */
  readonly token: string;
  readonly hears: Hears;
  /** Unix ms. */
  readonly since: number;
  readonly channels: readonly Channel[];
}

const CHANNELS_MAX = 20;
/** The platform keeps 2,048 bytes with a socket that sleeps, and these are characters of JSON. */
const KEPT_MAX = 1_600;

export const listeningOf = (socket: WebSocket): Listening => socket.deserializeAttachment() as Listening;

export function keep(socket: WebSocket, listening: Listening): void {
  socket.serializeAttachment(listening);
}

/** False: it has as many as there may be. Twice is once. */
export function subscribe(socket: WebSocket, channel: Channel): boolean {
  const before = listeningOf(socket);
  if (before.channels.some((one) => sameChannel(one, channel))) return true;
  const after = { ...before, channels: [...before.channels, channel] };
  const bytes = new TextEncoder().encode(JSON.stringify(after)).length;
  if (after.channels.length > CHANNELS_MAX || bytes > KEPT_MAX) return false;
  keep(socket, after);
  return true;
}

export function unsubscribe(socket: WebSocket, channel: Channel): void {
  const before = listeningOf(socket);
  keep(socket, { ...before, channels: before.channels.filter((one) => !sameChannel(one, channel)) });
}
