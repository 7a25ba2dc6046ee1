/** What an app asks about a server before and after it is let in. */
import { escapeHtml } from "../kernel/html-text.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { json, timestamp } from "./answers.ts";
import { loadOwnAccount } from "./entities/account.ts";
import { toInstance, toInstanceV1 } from "./entities/instance.ts";
import type { Call } from "./router.ts";

/** 1 D1 call. */
export async function showInstance({ ctx }: Call): Promise<Response> {
  return json(toInstance(ctx, await loadOwnAccount(ctx)));
}

/** 1 D1 call. */
export async function showInstanceV1({ ctx }: Call): Promise<Response> {
  return json(toInstanceV1(ctx, await loadOwnAccount(ctx)));
}

/** What the owner says of themselves is all there is to say of the stead. 1 D1 read. */
export async function extendedDescription({ ctx }: Call): Promise<Response> {
  const [document] = await documentQuery(ctx.db, "profile");
  const { bio } = renderedProfile(document);
  return json({ updated_at: timestamp(document?.updatedAt ?? ctx.clock()), content: bio });
}

/** What the code does, so it changes with the code. */
const PRIVACY = {
  at: "2026-11-22T00:00:00.000Z",
  sentences: [
    "One person lives on this server, and nobody else can register.",
    "Of people on other servers it keeps what their servers send it: public profiles, and posts and reactions meant for its owner or read by them.",
    "Posts that its owner does not hold on to are deleted after 90 days. A server that reports an account or a post as deleted is obeyed.",
    "No page here runs a script, sets a cookie for visitors, or loads anything from elsewhere.",
  ],
};

export function privacyPolicy(): Response {
  const content = PRIVACY.sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("");
  return json({ updated_at: PRIVACY.at, content });
}
