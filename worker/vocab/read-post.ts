/** A remote post (Note, Article, Page, Question, Video …), read by its plain terms and sanitised. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";
import { escapeHtml, plainText, sanitise } from "../kernel/sanitise.ts";
import { visibilityOf } from "../model/audience.ts";
import type { Mention, PostContent } from "../model/post.ts";
import { attachmentsOf } from "./attachment.ts";
import { readPoll } from "./question.ts";
import {
  asText,
  audienceOf,
  idOf,
  idsOf,
  isObject,
  list,
  timeOf,
  typesOf,
  urlOf,
  type JsonObject,
} from "./read.ts";

/** What can be read as a post. Lemmy sends Page, WordPress and Ghost Article, PeerTube Video. */
const POSTS = new Set([
  "Note",
  "Article",
  "Page",
  "Question",
  "Video",
  "Audio",
  "Image",
  "Event",
  "ChatMessage",
]);

const MENTIONS_MAX = 100;
const TAGS_MAX = 50;
const SUMMARY_MAX = 2_000;

export interface RemotePost extends PostContent {
  readonly author: Iri;
  /** Everybody it is addressed to. */
  readonly audience: string[];
}

const isPost = (object: JsonObject): boolean => typesOf(object).some((type) => POSTS.has(type));

/** Null when it is no post or lacks an id or an author. `now` is the receipt: nothing is published after it. */
export function readPost(json: JsonObject, now: UnixMs): RemotePost | null {
  const iri = parseIri(json["id"]);
  const author = idsOf(json["attributedTo"])[0] ?? null;
  if (!iri || !author || !isPost(json)) return null;
  const to = audienceOf(json["to"]);
  const cc = audienceOf(json["cc"]);
  const title = plainText(asText(json["name"]) ?? "", SUMMARY_MAX) || null;
  return {
    iri,
    author,
    audience: [...to, ...cc],
    url: urlOf(json["url"]),
    title,
    html: contentOf(json),
    summary: plainText(asText(json["summary"]) ?? "", SUMMARY_MAX),
    sensitive: json["sensitive"] === true,
    language: languageOf(json),
    visibility: visibilityOf(to, cc, null),
    replyToIri: idOf(json["inReplyTo"]),
    mentions: mentionsOf(json),
    tags: tagsOf(json),
    attachments: attachmentsOf(json),
    poll: readPoll(json, now),
    publishedAt: timeOf(json["published"], now) ?? now,
    editedAt: timeOf(json["updated"], now),
  };
}

function contentOf(json: JsonObject) {
  const content = asText(json["content"]);
  if (content !== null) {
    const plain = json["mediaType"] === "text/plain";
    return plain ? sanitise(`<p>${escapeHtml(content)}</p>`) : sanitise(content);
  }
  const [first] = Object.values(isObject(json["contentMap"]) ? json["contentMap"] : {});
  return sanitise(asText(first) ?? "");
}

/** A contentMap with one language says what the content's language is (Mastodon, Misskey); Lemmy has a `language` for it. */
function languageOf(json: JsonObject): string | null {
  const { contentMap: map, content, language } = json;
  const said = isObject(map)
    ? (Object.keys(map).find((key) => map[key] === content) ?? Object.keys(map)[0])
    : isObject(language) && asText(language["identifier"]);
  return said && /^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(said) ? said : null;
}

function mentionsOf(json: JsonObject): Mention[] {
  const mentions = list(json["tag"]).flatMap((tag): Mention[] => {
    if (!isObject(tag) || !typesOf(tag).includes("Mention")) return [];
    const iri = parseIri(tag["href"]);
    if (!iri) return [];
    const handle = (asText(tag["name"]) ?? "").replace(/^@/, "").slice(0, 300);
    return [{ iri, handle, url: iri }];
  });
  return mentions.slice(0, MENTIONS_MAX);
}

/** Hashtags without the #, as their author wrote them, once each. */
export function tagsOf(json: JsonObject): string[] {
  const tags = list(json["tag"]).flatMap((tag) => {
    if (!isObject(tag) || !typesOf(tag).includes("Hashtag")) return [];
    const name = plainText(asText(tag["name"]) ?? "", 200).replace(/^#/, "");
    return name === "" ? [] : [name];
  });
  return [...new Set(tags)].slice(0, TAGS_MAX);
}
