/** What a link leads to, as Mastodon's `PreviewCard`. */
import type { Ctx } from "../../kernel/ctx.ts";
import type { Card } from "../../model/card.ts";
import type { Person } from "../../store/statuses.ts";
import { toAccount } from "./person.ts";

export interface ShownCard {
  readonly url: string;
  readonly card: Card | null;
  /** Who wrote the page, when they say so themselves. */
  readonly creator: Person | null;
}

/** Null when there is nothing to show. */
export function toCard(ctx: Ctx, shown: ShownCard | null) {
  if (!shown?.card) return null;
  const { url, card, creator } = shown;
  const author = { name: card.authorName, url: card.authorUrl };
  const account = creator && toAccount(ctx, creator);
  const authors = account
    ? [{ name: account.display_name || account.username, url: account.url, account }]
    : author.name === ""
      ? []
      : [{ ...author, account: null }];
  return {
    url,
    title: card.title,
    description: card.description,
    language: card.language,
    type: card.type,
    authors,
    author_name: authors[0]?.name ?? "",
    author_url: authors[0]?.url ?? "",
    provider_name: card.providerName,
    provider_url: card.providerUrl,
    html: card.html,
    width: card.width,
    height: card.height,
    image: card.image,
    image_description: card.imageAlt,
    embed_url: card.embedUrl,
    blurhash: null,
    published_at: card.publishedAt,
  };
}
