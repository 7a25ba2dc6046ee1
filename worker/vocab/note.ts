/** The owner's posts as Note, Question and Tombstone. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { addressing, type Addressing } from "../model/audience.ts";
import { places } from "../model/places.ts";
import type { PostContent } from "../model/post.ts";
import { ATTACHMENT_TERMS, attachmentDocument } from "./attachment.ts";
import { dateTime, serialise, vocabulary } from "./fedify.ts";
import { QUESTION_TERMS, questionFields } from "./question.ts";
import type { JsonObject } from "./read.ts";

export interface OwnPost extends PostContent {
  readonly origin: string;
  readonly actor: Iri;
}

export function audienceOfPost(post: OwnPost): Addressing {
  const mentioned = post.mentions.map((mention) => mention.iri);
  return addressing(post.visibility, places.followers(post.origin), mentioned);
}

/**
 * The Note with its collections by reference, so that a like or an answer does not change it. `content` stands beside `contentMap`
 * when a language is known. With a poll it is a Question. One serialisation.
 */
export async function noteDocument(post: OwnPost): Promise<JsonObject> {
  const { Hashtag, Mention, Note } = await vocabulary();
  const { to, cc } = audienceOfPost(post);
  const note = new Note({
    id: new URL(post.iri),
    url: new URL(post.url ?? post.iri),
    attribution: new URL(post.actor),
    tos: to.map((iri) => new URL(iri)),
    ccs: cc.map((iri) => new URL(iri)),
    content: post.html,
    summary: post.summary === "" ? null : post.summary,
    sensitive: post.sensitive,
    replyTarget: post.replyToIri && new URL(post.replyToIri),
    tags: [
      ...post.mentions.map(({ iri, handle }) => new Mention({ href: new URL(iri), name: `@${handle}` })),
      ...post.tags.map(
        (tag) => new Hashtag({ href: new URL(places.tag(post.origin, tag)), name: `#${tag}` }),
      ),
    ],
    replies: new URL(`${post.iri}/replies`),
    likes: new URL(`${post.iri}/likes`),
    shares: new URL(`${post.iri}/shares`),
  });
  const document = await serialise(note);
  return {
    ...document,
    "@context": contextOf(post),
    published: dateTime(post.publishedAt),
    ...(post.editedAt === null ? {} : { updated: dateTime(post.editedAt) }),
    to,
    cc,
    tag: document["tag"] ?? [],
    attachment: post.attachments.map(attachmentDocument),
    ...(post.language === null ? {} : { contentMap: { [post.language]: post.html } }),
    ...(post.poll === null ? {} : questionFields(post.poll, post.editedAt ?? post.publishedAt)),
  };
}

/** What is left of a deleted post (ActivityStreams §3.1, ActivityPub §6.4). Written plainly: there is nothing to say. */
export function tombstone(iri: Iri, deletedAt: UnixMs): JsonObject {
  return {
    "@context": "https://www.w3.org/ns/activitystreams",
    id: iri,
    type: "Tombstone",
    deleted: dateTime(deletedAt),
  };
}

/** With no more than is needed: a post of words alone is read by whoever knows the standard. */
const contextOf = ({ poll, attachments }: OwnPost): JsonObject[string] => [
  "https://www.w3.org/ns/activitystreams",
  {
    ...TERMS,
    ...(poll === null ? {} : QUESTION_TERMS),
    ...(attachments.length === 0 ? {} : ATTACHMENT_TERMS),
  },
];

const TERMS: JsonObject = { sensitive: "as:sensitive", Hashtag: "as:Hashtag" };
