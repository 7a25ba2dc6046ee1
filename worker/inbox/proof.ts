import { toBase64 } from "../kernel/base64.ts";
import type { Received } from "./received.ts";

/**
 * The Follow as it was received, with the key that verified it, so that a follower can be proven later to anybody:
 * base64(gzip(JSON {method, url, headers, body, receivedAt, keys})). About 1 KB.
 */
export function proofOf(received: Received): Promise<string> {
  const { method, url, headers, body, receivedAt } = received.mail;
  return packed({ method, url, headers, body, receivedAt, keys: received.peer.keys });
}

/** base64(gzip(JSON)). */
export async function packed(proof: object): Promise<string> {
  const zipped = new Blob([JSON.stringify(proof)]).stream().pipeThrough(new CompressionStream("gzip"));
  return toBase64(await new Response(zipped).arrayBuffer());
}
