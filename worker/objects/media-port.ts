/** Files in an R2 bucket. A long one goes up in parts, each of which has to be 5 MiB or more and as long as the others. */
import type { MediaPort } from "../kernel/ctx.ts";

export function mediaPort(bucket: R2Bucket): MediaPort {
  return {
    put: (name, pieces) => put(bucket, name, pieces),
    get: async (name, part, unless) => {
      const found = await bucket.get(name, {
        ...(part ? { range: part } : {}),
        ...(unless === null ? {} : { onlyIf: { etagDoesNotMatch: unless } }),
      });
      return found && { body: "body" in found ? found.body : null, size: found.size, etag: found.etag };
    },
    head: (name) => bucket.head(name),
    remove: async (names) => {
      if (names.length > 0) await bucket.delete([...names]);
    },
  };
}

/** One operation for what fits one piece; else one for each, and two. An upload that breaks off leaves nothing: R2 forgets it after 7 days. */
async function put(bucket: R2Bucket, name: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const parts: R2UploadedPart[] = [];
  let upload: R2MultipartUpload | null = null;
  let held: Uint8Array = new Uint8Array();
  try {
    for await (const piece of pieces) {
      if (held.length > 0) {
        upload ??= await bucket.createMultipartUpload(name);
        parts.push(await upload.uploadPart(parts.length + 1, held));
      }
      held = piece;
    }
    if (!upload) {
      await bucket.put(name, held);
      return;
    }
    parts.push(await upload.uploadPart(parts.length + 1, held));
    await upload.complete(parts);
  } catch (cause) {
    await upload?.abort().catch(() => {});
    throw cause;
  }
}
