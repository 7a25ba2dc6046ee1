/** Pictures, films and sounds in the form a post is written in. Works without a script: all of it is one multipart form, taken as it comes. */
import { cleanText } from "../kernel/html-text.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { Unfit } from "../model/media/bytes.ts";
import { kindOf, MEDIA_TYPES } from "../model/media/kinds.ts";
import { boundaryIn, partsOf, textOf } from "../model/media/multipart.ts";
import type { Attachment } from "../model/post.ts";
import { ATTACHED_MAX, attachmentOf } from "../owner/attach.ts";
import { completeMedia } from "../owner/media-describe.ts";
import { OFF, receiveFile, type Received } from "../owner/media.ts";
import { Form, readForm } from "./form.tsx";
import { idIn } from "./parts.tsx";
import { pathOf } from "./post-files.tsx";

/** A file of the post that is written, already kept. */
export interface Sent {
  readonly id: number;
  readonly url: string;
  readonly type: string;
  readonly alt: string;
}

/** Of one field, in bytes. */
const FIELD_MAX = 262_144;

export interface ReadPost {
  readonly form: Form;
  /** Those that were sent now. */
  readonly sent: Sent[];
  /** What is wrong with one of them. */
  readonly problem: string | null;
}

/** Fields and files in the order of the form. A form without files may come in any way. */
export async function readPost(ctx: Ctx, request: Request): Promise<ReadPost | Response> {
  const boundary = boundaryIn(request.headers.get("content-type") ?? "");
  if (boundary === null || !request.body) {
    const form = await readForm(request);
    return form instanceof Response ? form : { form, sent: [], problem: null };
  }
  const data = new FormData();
  const received: { slot: number; file: Received }[] = [];
  let problem: string | null = null;
  let slot = 0;
  try {
    for await (const part of partsOf(request.body, boundary)) {
      if (part.fileName === null) data.append(part.name, await textOf(part.body, FIELD_MAX));
      else {
        const place = slot++;
        if (part.fileName === "" || received.length >= ATTACHED_MAX) continue;
        const got = await receiveFile(ctx, part.body);
        if (got.kind === "received") received.push({ slot: place, file: got.received });
        else problem ??= `${cleanText(part.fileName)}: ${got.problem}.`;
      }
    }
  } catch (cause) {
    if (!(cause instanceof Unfit)) throw cause;
    problem = `${cause.message}.`;
  }
  const form = new Form(data);
  const alts = form.all("alt");
  const sent: Sent[] = [];
  for (const { slot: place, file } of received) {
    const made = await completeMedia(ctx, file, { alt: alts[place] ?? "" });
    if (made.kind === "uploaded") sent.push(...sentIn([attachmentOf(ctx, made.media)]));
    else problem ??= `${made.problem}.`;
  }
  return { form, sent, problem };
}

/** The files that a post shows. */
export const sentIn = (attachments: readonly Attachment[]): Sent[] =>
  attachments.flatMap(({ media, url, type, alt }) =>
    media === undefined ? [] : [{ id: media, url, type, alt }],
  );

/** What the form still holds of files sent before, without those that were unticked. */
export function keptIn(form: Form, origin: string): Sent[] {
  const [names, types, alts] = [form.all("keptName"), form.all("keptType"), form.all("keptAlt")];
  const dropped = new Set(form.all("drop"));
  return form.all("kept").flatMap((id, n): Sent[] => {
    const number = idIn(id);
    if (number === null || dropped.has(id)) return [];
    return [
      { id: number, url: `${origin}/media/${names[n] ?? ""}`, type: types[n] ?? "", alt: alts[n] ?? "" },
    ];
  });
}

/** As the verbs take it: in the order of the form, described as typed. */
export const attachOf = (files: readonly Sent[]) => ({
  media: files.map(({ id }) => id),
  said: files.map(({ id, alt }) => [id, { alt }] as const),
});

export function FilesField({ on, files }: { on: boolean; files: readonly Sent[] }) {
  if (!on) return <p class="soft small">{`${OFF}.`}</p>;
  const free = Math.max(0, ATTACHED_MAX - files.length);
  return (
    <details open={files.length > 0}>
      <summary>Pictures, films, sounds</summary>
      {files.map((file) => (
        <Kept file={file} />
      ))}
      {Array.from({ length: free }, (_, n) => (
        <fieldset class="file">
          <legend>{`File ${files.length + n + 1}`}</legend>
          <input
            type="file"
            name="picture"
            aria-label={`File ${files.length + n + 1}`}
            accept={Object.values(MEDIA_TYPES).join(",")}
          />
          <textarea
            name="alt"
            rows={2}
            dir="auto"
            aria-label="What is to be seen or heard"
            placeholder={SAID}
          />
        </fieldset>
      ))}
      <span class="hint">
        {
          "Notes in the file, such as where a picture was taken, are removed. A long description of a film or sound becomes a transcript below the post."
        }
      </span>
    </details>
  );
}

const SAID = "What is to be seen or heard, for those who can not";

function Kept({ file: { id, url, type, alt } }: { file: Sent }) {
  const path = pathOf(url);
  return (
    <fieldset class="file">
      <legend>{kindOf(type) === "image" ? "Picture" : "Film or sound"}</legend>
      <input type="hidden" name="kept" value={String(id)} />
      <input type="hidden" name="keptName" value={path.slice("/media/".length)} />
      <input type="hidden" name="keptType" value={type} />
      {kindOf(type) === "image" && <img class="settings-image" src={path} alt={alt} />}
      <textarea
        name="keptAlt"
        rows={2}
        dir="auto"
        aria-label="What is to be seen or heard"
        placeholder={SAID}
      >
        {`\n${alt}`}
      </textarea>
      <label class="check">
        <input type="checkbox" name="drop" value={String(id)} />
        Take it out
      </label>
    </fieldset>
  );
}
