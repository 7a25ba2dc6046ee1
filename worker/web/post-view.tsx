/** A post as people read it, the owner's and remote ones alike. */
import { safeHref } from "../kernel/link-host.ts";
import type { Visibility } from "../model/audience.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { OWNER, timeFromId, type Post } from "../model/post.ts";
import type { Profile } from "../vocab/actor.ts";
import { Files, pathOf } from "./post-files.tsx";
import { Html, Initial, When } from "./parts.tsx";
import { PollView } from "./poll-view.tsx";

export const AUDIENCES: Readonly<Record<Visibility, string>> = {
  public: "Everyone",
  quiet: "Everyone, quietly",
  followers: "Followers only",
  direct: "Only the people named",
};

interface Shown {
  readonly post: Post;
  /** Null for the owner's own. */
  readonly peer: Peer | null;
  readonly profile: Profile;
  /** The owner reads: show what they can do with it. */
  readonly mine?: boolean;
  /** The page is about this post. */
  readonly large?: boolean;
  /** It stands below the post it answers. */
  readonly deep?: boolean;
}

export function PostView({ post, peer, profile, mine = false, large = false, deep = false }: Shown) {
  const own = post.author === OWNER;
  return (
    <article class={deep ? "post deep" : "post"} id={`post-${post.id}`}>
      <header>
        {own ? <Face profile={profile} /> : <Initial name={nameOf(peer)} />}
        <div>
          <Byline peer={peer} profile={profile} own={own} />
          <br />
          <span class="meta">
            <a
              href={(own ? `/posts/${post.id}` : safeHref(post.url ?? post.iri)) ?? "#"}
              rel="noopener noreferrer"
            >
              <When at={timeFromId(post.id)} />
            </a>
            {post.editedAt !== null && ", edited"}
            {(mine || post.visibility !== "public") && ` · ${AUDIENCES[post.visibility]}`}
          </span>
        </div>
      </header>
      {!deep && post.replyToIri !== null && <Answers post={post} profile={profile} mine={mine} />}
      {post.title !== null && post.title !== "" && <h3 dir="auto">{post.title}</h3>}
      {post.summary === "" ? (
        <Html html={post.html} lang={post.language} large={large} />
      ) : (
        <details>
          <summary dir="auto">{post.summary}</summary>
          <Html html={post.html} lang={post.language} large={large} />
        </details>
      )}
      {post.poll && <PollView poll={post.poll} mine={mine && own} />}
      <Files of={post} />
      {mine && <Acts post={post} own={own} />}
    </article>
  );
}

/** The owner's picture, or the first letter of their name. */
export function Face({ profile }: { profile: Profile }) {
  if (!profile.avatar) return <Initial name={profile.name} />;
  return <img class="face" src={pathOf(profile.avatar.url)} alt="" width={44} height={44} />;
}

const nameOf = (peer: Peer | null): string => (peer ? peer.name || peer.username : "?");

function Byline({ peer, profile, own }: { peer: Peer | null; profile: Profile; own: boolean }) {
  const name = own ? profile.name : nameOf(peer);
  const handle = own ? `${profile.handle}@${profile.handleDomain}` : peer && handleOf(peer);
  const href = own ? "/" : peer && safeHref(peer.url ?? peer.iri);
  return (
    <>
      {href ? (
        <a class="name" href={href} rel="noopener noreferrer">
          <bdi>{name}</bdi>
        </a>
      ) : (
        <bdi class="name">{name}</bdi>
      )}
      {handle && <span class="soft small"> @{handle}</span>}
    </>
  );
}

function Answers({ post, profile, mine }: { post: Post; profile: Profile; mine: boolean }) {
  const href = post.replyToIri === null ? null : safeHref(post.replyToIri);
  if (href === null) return null;
  const ours = href.startsWith(`${profile.origin}/`);
  return (
    <p class="soft small">
      In answer to{" "}
      <a href={ours ? pathOf(href) : href} rel="noopener noreferrer">
        {ours ? (mine ? "your post" : `a post of ${profile.name}`) : "another post"}
      </a>
    </p>
  );
}

function Acts({ post, own }: { post: Post; own: boolean }) {
  return (
    <footer>
      <a href={`/write?reply=${post.id}`}>Reply</a>
      {own && <a href={`/posts/${post.id}/edit`}>Edit</a>}
      {own && (
        <details>
          <summary>Delete</summary>
          <form method="post" action={`/posts/${post.id}/delete`}>
            <p>It is taken back from every server that got it. There is no way to undo this.</p>
            <button class="danger">Delete this post</button>
          </form>
        </details>
      )}
    </footer>
  );
}
