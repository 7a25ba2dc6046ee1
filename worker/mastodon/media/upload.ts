/** A file on its way from an app. It is taken as it comes: what it is of is said before it or behind it. */
import { Unfit } from "../../model/media/bytes.ts";
import { boundaryIn, bytesOf, partsOf, textOf, type Part } from "../../model/media/multipart.ts";
import { cleanText } from "../../kernel/html-text.ts";
import { receiveFile, type Received } from "../../owner/media.ts";
import { giveUp } from "../../owner/media-sweep.ts";
import { attachmentOf } from "../../owner/attach.ts";
import { completeMedia, PREVIEW_MAX, type Described } from "../../owner/media-describe.ts";
import { json, refused } from "../answers.ts";
import { toMedia } from "../entities/attachment.ts";
import type { GrantedCall } from "../router.ts";
import { focusIn } from "./params.ts";

/** Of a description or transcript, in bytes. */
const TEXT_MAX = 100_000;

const invalid = (problem: string): Response => refused({ kind: "invalid", problem });

/**
 * POST /api/v2/media, and /api/v1/media. Answers when all of it is there and clean, so that it is always 200 and nobody has to ask again. 3 D1
 * calls, and an operation of R2 for each 8 MiB.
 */
export async function uploadMedia(call: GrantedCall): Promise<Response> {
  const { ctx, request } = call;
  const boundary = boundaryIn(request.headers.get("content-type") ?? "");
  if (boundary === null || !request.body) return invalid("A file is sent as multipart/form-data");
  let received: Received | null = null;
  const said: { -readonly [Name in keyof Described]: Described[Name] } = {};
  try {
    for await (const part of partsOf(request.body, boundary)) {
      if (part.name === "file" && part.fileName !== null && received === null) {
        const got = await receiveFile(ctx, part.body);
        if (got.kind === "invalid") return invalid(got.problem);
        received = got.received;
      } else await note(said, part);
    }
  } catch (cause) {
    if (!(cause instanceof Unfit)) throw cause;
    if (received) await giveUp(ctx, received.id);
    return invalid(cause.message);
  }
  if (!received) return invalid("File can't be blank");
  const uploaded = await completeMedia(ctx, received, said);
  return uploaded.kind === "invalid"
    ? invalid(uploaded.problem)
    : json(toMedia(attachmentOf(ctx, uploaded.media)));
}

async function note(
  said: { -readonly [Name in keyof Described]: Described[Name] },
  part: Part,
): Promise<void> {
  switch (part.name) {
    case "description":
      said.alt = cleanText(await textOf(part.body, TEXT_MAX));
      break;
    case "transcript":
      said.transcript = cleanText(await textOf(part.body, TEXT_MAX));
      break;
    case "focus":
      said.focus = focusIn(await textOf(part.body, TEXT_MAX));
      break;
    case "thumbnail": {
      const bytes = await bytesOf(part.body, PREVIEW_MAX);
      if (bytes.length > 0) said.preview = bytes;
      break;
    }
    default:
  }
}
