/**
 * A socket's messages as server-sent events, for bots that read lines. The Worker holds both ends, and the object behind them may sleep all the same.
 */
import { SECOND } from "../../kernel/clock.ts";

/** As often as Mastodon: lines that go nowhere tell that the reader is gone. */
const THUMP = 15 * SECOND;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "private, no-store",
  "x-accel-buffering": "no",
};

export function eventStream(socket: WebSocket): Response {
  const encoder = new TextEncoder();
  let thumps: ReturnType<typeof setInterval> | undefined;
  const over = () => {
    clearInterval(thumps);
    socket.close(1000);
  };
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => {
        try {
          controller.enqueue(encoder.encode(text));
        } catch {
          over(); // the reader is gone
        }
      };
      socket.accept();
      socket.addEventListener("message", ({ data }) => {
        const lines = typeof data === "string" ? linesOf(data) : null;
        if (lines !== null) write(lines);
      });
      socket.addEventListener("close", () => {
        clearInterval(thumps);
        try {
          controller.close();
        } catch {
          // The reader was gone before.
        }
      });
      write(":)\n");
      thumps = setInterval(() => write(":thump\n"), THUMP);
    },
    cancel: over,
  });
  return new Response(body, { headers: HEADERS });
}

/** What a message of the socket's is as an event; null when it is none. JSON has no line breaks of its own. */
function linesOf(message: string): string | null {
  const { event, payload } = JSON.parse(message) as { event?: string; payload?: string };
  return event === undefined ? null : `event: ${event}\ndata: ${payload ?? ""}\n\n`;
}
