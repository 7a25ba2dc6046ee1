-- Posts as apps show them: boosts that stand in a timeline, what the owner holds on to, and what an app must not do twice.

-- A boost by the owner or by somebody they follow is an entry of its own in a timeline. What the owner likes or bookmarks is listed in that order
-- too. Others' likes and boosts have no number: they stay the one row they are.
ALTER TABLE reactions ADD COLUMN id INTEGER; -- unix ms * 1000 + an odd n; posts have even ones, so no boost has the number of a post
CREATE UNIQUE INDEX reactions_in_time ON reactions (kind, id) WHERE id IS NOT NULL;

ALTER TABLE posts ADD COLUMN pinned_at INTEGER; -- unix ms: shown first on the owner's profile; own posts only
ALTER TABLE posts ADD COLUMN app TEXT;          -- JSON: {name, website} of the app it was written in; own posts only
CREATE INDEX posts_pinned ON posts (pinned_at) WHERE pinned_at IS NOT NULL;

-- What the owner's posts said before they were edited.
CREATE TABLE earlier_versions (
  post INTEGER NOT NULL,              -- posts.id
  at INTEGER NOT NULL,                -- unix ms: since when it said so
  html TEXT NOT NULL,                 -- sanitised
  summary TEXT NOT NULL,              -- content warning, plain text
  sensitive INTEGER NOT NULL,
  PRIMARY KEY (post, at)
) WITHOUT ROWID;

-- Posts that an app may ask for twice, because it did not hear the first answer: for an hour it gets the first one again.
CREATE TABLE asked_posts (
  key TEXT PRIMARY KEY,               -- base64 SHA-256 of the app's number and its Idempotency-Key
  post INTEGER NOT NULL,              -- posts.id
  at INTEGER NOT NULL                 -- unix ms
) WITHOUT ROWID;
