/** A post is written or edited in an app. */
import { OWNER } from "../model/post.ts";
import { editPost } from "../owner/edit-post.ts";
import { publish, type Published } from "../owner/publish.ts";
import { type Draft } from "../owner/draft.ts";
import { schedulePost } from "../owner/schedule.ts";
import { sha256 } from "../signatures/digest.ts";
import { entriesById } from "../store/timelines.ts";
import { json, refused } from "./answers.ts";
import { toStatus, visibilityNamed } from "./entities/status.ts";
import { attachIn } from "./media/params.ts";
import { loadStatuses } from "./pages.ts";
import type { Params } from "./params.ts";
import { pollIn } from "./polls/asked.ts";
import type { GrantedCall } from "./router.ts";
import { answerScheduled, timeIn } from "./scheduled/scheduled.ts";
import { findStatus, ownPost } from "./statuses.ts";

/** What an app may ask for that there is not yet. Without it the post would say something else than the owner meant. */
const UNBUILT: readonly (readonly [name: string, problem: string])[] = [
  ["quoted_status_id", "Posts can not be quoted yet"],
  ["quote_id", "Posts can not be quoted yet"],
];

function unbuiltIn(params: Params): string | null {
  const asked = ([name]: (typeof UNBUILT)[number]) =>
    params.texts(name).length > 0 || params.within(name) !== null;
  return UNBUILT.find(asked)?.[1] ?? null;
}

/** Null: none was said. */
function languageIn(params: Params): { language: string | null } | { problem: string } {
  const text = (params.text("language") ?? "").trim();
  if (text === "") return { language: null };
  try {
    const [language] = Intl.getCanonicalLocales(text);
    return { language: language ?? null };
  } catch {
    return { problem: "Language is not a valid one" };
  }
}

const invalid = (problem: string): Response => refused({ kind: "invalid", problem });

/** The same Idempotency-Key within an hour gives the same post, whatever else is sent. 3 D1 calls more than `publish`. */
export async function createStatus(call: GrantedCall): Promise<Response> {
  const { ctx, params, request, bearer } = call;
  const unbuilt = unbuiltIn(params);
  if (unbuilt !== null) return invalid(unbuilt);
  const language = languageIn(params);
  if ("problem" in language) return invalid(language.problem);
  const time = timeIn(params);
  if ("problem" in time) return invalid(time.problem);
  const poll = pollIn(params);
  const named = params.raw("visibility").trim();
  const asked = params.raw("in_reply_to_id").trim();
  const answered = asked === "" ? null : await findStatus(ctx, asked, "owner");
  if (asked !== "" && !answered) return refused({ kind: "not-found" });
  // An answer whose audience was not said goes no further than what it answers.
  const visibility = named === "" ? (answered?.row.post.visibility ?? "public") : visibilityNamed(named);
  if (visibility === null) return invalid("Visibility is not included in the list");
  const key = request.headers.get("idempotency-key")?.trim() ?? "";
  const draft: Draft = {
    text: params.text("status") ?? "",
    summary: params.text("spoiler_text") ?? "",
    sensitive: params.flag("sensitive") ?? false,
    visibility,
    language: language.language,
    replyTo: answered?.row.post.id ?? null,
    app: { name: bearer.app.name, website: bearer.app.website },
    ...(poll ? { poll } : {}),
    ...attachIn(params),
    ...(key === "" ? {} : { wish: await sha256(`${bearer.app.id} ${key}`) }),
  };
  // A time that has passed is now, as Mastodon has it.
  if (time.at === null || time.at <= ctx.clock()) return written(call, await publish(ctx, draft));
  const scheduled = await schedulePost(ctx, draft, time.at, bearer.app.id);
  return scheduled.kind === "published" ? written(call, scheduled) : answerScheduled(ctx, scheduled);
}

/** What was not sent stays; but a poll that is not sent again goes, as Mastodon has it: apps have no other way to say so. */
export async function editStatus(call: GrantedCall): Promise<Response> {
  const { ctx, params, path } = call;
  const post = await ownPost(ctx, path("id"));
  if (!post) return refused({ kind: "not-found" });
  const unbuilt = unbuiltIn(params);
  if (unbuilt !== null) return invalid(unbuilt);
  const language = languageIn(params);
  if ("problem" in language) return invalid(language.problem);
  const sensitive = params.flag("sensitive");
  const change = {
    text: params.text("status") ?? post.source ?? "",
    summary: params.text("spoiler_text") ?? post.summary,
    language: params.has("language") ? language.language : post.language,
    ...(sensitive === null ? {} : { sensitive }),
    poll: pollIn(params),
    ...attachIn(
      params,
      post.attachments.flatMap(({ media }) => media ?? []),
    ),
  };
  return written(call, await editPost(ctx, post.id, change));
}

async function written({ ctx }: GrantedCall, published: Published): Promise<Response> {
  if (published.kind === "invalid") return invalid(published.problem);
  const entries = entriesById([published.id], "owner");
  const { view, lists } = await loadStatuses(ctx, [{ entries }], true);
  const row = lists[0]!.find(({ post }) => post.author === OWNER);
  // A repeated wish for a post that was deleted meanwhile.
  return row ? json(toStatus(ctx, view, row)) : refused({ kind: "not-found" });
}
