import { toBase64 } from "../kernel/base64.ts";
import type { Received } from "./received.ts";

/**
 * The Follow as it was received, with the key that verified it, so that a follower can be proven later to anybody:
 * base64(gzip(JSON {method, url, headers, body, receivedAt, keys})). About 1 KB.
 */
export async function proofOf(received: Received): Promise<string> {
  const { method, url, headers, body, receivedAt } = received.mail;
  const json = JSON.stringify({ method, url, headers, body, receivedAt, keys: received.peer.keys });
  const zipped = new Blob([json]).stream().pipeThrough(new CompressionStream("gzip"));
  return toBase64(await new Response(zipped).arrayBuffer());
}
