/** The port to whoever listens: the apps' sockets and pushes, behind one object. */
import { SECOND } from "../kernel/clock.ts";
import type { Listener, StreamEvent, StreamsPort } from "../kernel/ctx.ts";
import { consoleLog } from "../kernel/log.ts";

/** For so long nobody is asked for, once nobody was there: thousands of Follows of a Move shall not ask thousands of times. */
const QUIET = 3 * SECOND;

/** What the object does for the port. */
export interface StreamsObject {
  fetch(request: Request): Promise<Response>;
  emit(events: readonly StreamEvent[]): Promise<"told" | "nobody">;
  tokensEnded(): Promise<void>;
  subscriptionsChanged(): Promise<void>;
}

/** In this isolate's memory. An app that comes to another isolate misses at most what happens in these seconds. */
let quietSince: number | null = null;

function isQuiet(): boolean {
  if (quietSince === null) return false;
  const since = Date.now() - quietSince;
  return since >= 0 && since < QUIET;
}

export function streamsPort(
  object: () => StreamsObject,
  background: (work: Promise<unknown>) => void,
): StreamsPort {
  const told = async (events: readonly StreamEvent[]) => {
    try {
      if ((await object().emit(events)) === "nobody") quietSince = Date.now();
    } catch (cause) {
      consoleLog.error("streams", cause, { events: events.length });
    }
  };
  return {
    emit: (events) => {
      if (events.length > 0 && !isQuiet()) background(told(events));
    },
    open: (listener) => {
      quietSince = null;
      return object().fetch(handshake(listener));
    },
    tokensEnded: async () => {
      try {
        await object().tokensEnded();
      } catch (cause) {
        consoleLog.error("streams", cause);
      }
    },
    subscriptionsChanged: () => {
      quietSince = null;
      return object().subscriptionsChanged();
    },
  };
}

const LISTENER = "x-listener";

/** Only the Worker reaches the object, so what it says of a listener is so. */
function handshake(listener: Listener): Request {
  // In a header, and those are bytes: a hashtag need not be Latin.
  const headers = { upgrade: "websocket", [LISTENER]: encodeURIComponent(JSON.stringify(listener)) };
  return new Request("https://streaming/", { headers });
}

export function listenerOf(request: Request): Listener {
  return JSON.parse(decodeURIComponent(request.headers.get(LISTENER) ?? "")) as Listener;
}
