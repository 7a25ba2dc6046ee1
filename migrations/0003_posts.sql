-- What is said: the owner's posts, what belongs to their conversations, and the posts of those the owner follows.

CREATE TABLE posts (
  id INTEGER PRIMARY KEY,             -- published unix ms * 1000 + n: sorts by time, remote and own alike
  iri TEXT NOT NULL UNIQUE,
  author INTEGER NOT NULL,            -- peers.id; 0: the owner
  url TEXT,                           -- page for people
  title TEXT,                         -- plain text; Articles and Pages have one
  html TEXT NOT NULL,                 -- sanitised on write
  source TEXT,                        -- the owner's words as typed; null for remote posts
  summary TEXT NOT NULL DEFAULT '',   -- content warning, plain text
  sensitive INTEGER NOT NULL DEFAULT 0,
  language TEXT,                      -- BCP 47
  visibility TEXT NOT NULL CHECK (visibility IN ('public', 'quiet', 'followers', 'direct')),
  reply_to_iri TEXT,
  reply_to INTEGER,                   -- posts.id when we hold it
  mentions TEXT NOT NULL DEFAULT '[]',    -- JSON: [{iri, handle, url}]
  tags TEXT NOT NULL DEFAULT '[]',        -- JSON: hashtags without the #
  attachments TEXT NOT NULL DEFAULT '[]', -- JSON: [{url, type, alt}], and what is known of width, height, duration (ms), focus, blurhash, preview; own: media.id
  mentions_owner INTEGER NOT NULL DEFAULT 0, -- 1: names the owner, or answers them
  kept INTEGER NOT NULL DEFAULT 0,    -- 1: never swept: the owner bookmarked, liked, boosted or answered it
  received_at INTEGER NOT NULL,       -- unix ms: receipt of the newest version applied
  edited_at INTEGER,                  -- unix ms
  deleted_at INTEGER,                 -- unix ms: a Tombstone is served; own posts only
  document TEXT                       -- JSON of the Note or Tombstone as served; own posts only
);
CREATE INDEX posts_by_author ON posts (author);
CREATE INDEX posts_by_reply_to ON posts (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX posts_that_mention ON posts (id) WHERE mentions_owner = 1;

-- Likes, boosts, emoji reactions and bookmarks: one row each, and no second index.
CREATE TABLE reactions (
  post INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('like', 'boost', 'bookmark')),
  peer INTEGER NOT NULL,              -- peers.id; 0: the owner
  at INTEGER NOT NULL,                -- unix ms
  iri TEXT,                           -- id of the Like or Announce
  emoji TEXT,                         -- what an EmojiReact or a Misskey Like said
  PRIMARY KEY (post, kind, peer)
) WITHOUT ROWID;
