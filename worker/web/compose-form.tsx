/** The form a post is written in, and what is read from it. */
import type { Context } from "hono";

import type { Iri } from "../kernel/brand.ts";
import { VISIBILITIES, type Visibility } from "../model/audience.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import type { Post } from "../model/post.ts";
import { TEXT_MAX, type Draft } from "../owner/draft.ts";
import { attachOf, FilesField, keptIn, type Sent } from "./compose-files.tsx";
import { Problem, type Form } from "./form.tsx";
import { idIn } from "./parts.tsx";
import { AUDIENCES } from "./post-view.tsx";

export interface Typed {
  readonly text: string;
  readonly summary: string;
  readonly visibility: Visibility;
  readonly language: string;
  readonly replyTo: number | null;
  readonly files: readonly Sent[];
  /** Some were taken out. */
  readonly fewer?: boolean;
}

/** A new post, in the language the browser asks for first. */
export function blank(c: Context): Typed {
  const language = /^[a-z]{2,3}\b/i.exec(c.req.header("accept-language") ?? "")?.[0].toLowerCase() ?? "en";
  return { text: "", summary: "", visibility: "public", language, replyTo: null, files: [] };
}

/** An answer: names whom it answers, to no more people than the post it answers. */
export function answerTo(c: Context, post: Post, author: Peer | null, me: Iri): Typed {
  const named = post.mentions.filter(({ iri, handle }) => iri !== me && handle.includes("@"));
  const handles = [...(author ? [handleOf(author)] : []), ...named.map(({ handle }) => handle)];
  const text = [...new Set(handles)].map((handle) => `@${handle} `).join("");
  return { ...blank(c), text, summary: post.summary, visibility: post.visibility, replyTo: post.id };
}

/** `sent`: the files that came with it. */
export function typedIn(form: Form, origin: string, sent: readonly Sent[]): Typed {
  const visibility = VISIBILITIES.find((one) => one === form.text("visibility")) ?? "direct";
  const [text, summary] = [form.text("text"), form.text("summary")];
  return {
    text,
    summary,
    visibility,
    language: form.text("language").trim(),
    replyTo: idIn(form.text("replyTo")),
    files: [...keptIn(form, origin), ...sent],
    fewer: form.checked("drop"),
  };
}

/** The draft in what was typed; or what is wrong with it, as a sentence. */
export function draftOf({ files, fewer, ...typed }: Typed): Draft | string {
  // A form that knows of no files leaves them as they are.
  const attach = files.length > 0 || fewer ? { attach: attachOf(files) } : {};
  if (typed.language === "") return { ...typed, ...attach, language: null };
  try {
    const [language] = Intl.getCanonicalLocales(typed.language);
    return { ...typed, ...attach, language: language ?? null };
  } catch {
    return `"${typed.language}" is no language. Write a code like en, de or pt-BR, or leave it empty.`;
  }
}

interface Props {
  readonly action: string;
  readonly typed: Typed;
  readonly problem?: string | null;
  readonly answered?: Post | null;
  /** The audience of what was said can not be changed. */
  readonly editing?: boolean;
  /** There is a bucket for pictures. */
  readonly pictures: boolean;
}

/** A textarea swallows its first line feed, so it gets one of ours. */
export function ComposeForm({
  action,
  typed,
  problem = null,
  answered = null,
  editing = false,
  pictures,
}: Props) {
  const label = editing ? "Your post" : answered ? "Your answer" : "What do you want to say?";
  return (
    <form method="post" action={action} enctype="multipart/form-data" class="card">
      <Problem text={problem} />
      {answered && <input type="hidden" name="replyTo" value={String(answered.id)} />}
      <div class="field">
        <label for="text">{label}</label>
        <textarea
          id="text"
          name="text"
          rows={5}
          maxlength={TEXT_MAX}
          required={!pictures}
          dir="auto"
          aria-describedby="text-hint"
        >
          {`\n${typed.text}`}
        </textarea>
        <span class="hint" id="text-hint">
          **bold**, *italic*, `code`, [link](https://…), @user@host and #hashtags work.
        </span>
      </div>
      <div class="field">
        <label for="summary">Content warning</label>
        <input
          id="summary"
          name="summary"
          value={typed.summary}
          maxlength={500}
          dir="auto"
          placeholder="None"
        />
      </div>
      <FilesField on={pictures} files={typed.files} />
      <div class="row">
        {!editing && (
          <div class="field">
            <label for="visibility">For whom</label>
            <select id="visibility" name="visibility">
              {VISIBILITIES.map((one) => (
                <option value={one} selected={one === typed.visibility}>
                  {AUDIENCES[one]}
                </option>
              ))}
            </select>
          </div>
        )}
        <div class="field">
          <label for="language">Language</label>
          <input
            id="language"
            name="language"
            value={typed.language}
            maxlength={35}
            autocapitalize="none"
            spellcheck={false}
          />
        </div>
        <div class="field">
          <button>{editing ? "Save" : answered ? "Answer" : "Post"}</button>
        </div>
      </div>
    </form>
  );
}
