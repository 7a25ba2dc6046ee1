/** What an app asks about a server before and after it is let in. */
import { escapeHtml } from "../kernel/html-text.ts";
import { PRIVACY } from "../model/privacy.ts";
import { renderedProfile } from "../owner/render.ts";
import { documentQuery } from "../store/documents.ts";
import { vapidPublicKey } from "../store/keys.ts";
import { json, timestamp } from "./answers.ts";
import { loadOwnAccount } from "./entities/account.ts";
import { toInstance, toInstanceV1 } from "./entities/instance.ts";
import type { Call } from "./router.ts";

/** 1 D1 call. */
export async function showInstance({ ctx }: Call): Promise<Response> {
  return json(toInstance(ctx, await loadOwnAccount(ctx), (await vapidPublicKey(ctx)) ?? ""));
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

export function privacyPolicy(): Response {
  const content = PRIVACY.sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("");
  return json({ updated_at: PRIVACY.at, content });
}
