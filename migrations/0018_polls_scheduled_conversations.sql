-- What is asked, what is said later, and what was said between a few.

-- A poll stands in its post, counts and all, so that a list of posts reads nothing more.
ALTER TABLE posts ADD COLUMN poll TEXT;          -- JSON: {multiple, options: [{title, votes}], endsAt (unix ms), voters, hideTotals}
ALTER TABLE posts ADD COLUMN own_votes TEXT;     -- JSON: what the owner chose in another's poll, as places in its options
ALTER TABLE posts ADD COLUMN conversation INTEGER; -- conversations.id; direct posts from or to the owner only
CREATE INDEX posts_in_conversation ON posts (conversation, id) WHERE conversation IS NOT NULL;
CREATE INDEX posts_direct ON posts (id) WHERE conversation IS NOT NULL;
-- Polls whose end is a notification, by that end: of the owner's, and those they voted in.
CREATE INDEX posts_asked ON posts (json_extract(poll, '$.endsAt')) WHERE poll IS NOT NULL AND (author = 0 OR own_votes IS NOT NULL);

-- The owner's polls that still take votes. A row goes when its poll is closed, together with the last count.
CREATE TABLE open_polls (
  post INTEGER PRIMARY KEY,           -- posts.id
  ends_at INTEGER NOT NULL,           -- unix ms
  due_at INTEGER NOT NULL,            -- unix ms: when to count next; its end, or sooner when a vote came since the last count
  told_at INTEGER NOT NULL            -- unix ms: when others were last told the counts
);

-- Votes in the owner's polls, and the owner's in others', under peer 0. One row a vote.
CREATE TABLE poll_votes (
  post INTEGER NOT NULL,              -- posts.id
  peer INTEGER NOT NULL,              -- peers.id; 0: the owner
  choice INTEGER NOT NULL,            -- place in the options, from 0
  PRIMARY KEY (post, peer, choice)
) WITHOUT ROWID;

-- What the owner wants to say later. A row goes in the transaction that publishes its post.
CREATE TABLE scheduled_posts (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  at INTEGER NOT NULL,                -- unix ms: when it is to be published
  next_at INTEGER NOT NULL,           -- unix ms: when it is tried next; `at`, or later after a failure
  draft TEXT NOT NULL,                -- JSON of the draft
  app INTEGER NOT NULL,               -- oauth_apps.id
  asked TEXT,                         -- base64 SHA-256 of the app's number and its Idempotency-Key
  problem TEXT                        -- why it could not be published, for the owner; NULL while there was no try
);
CREATE INDEX scheduled_posts_due ON scheduled_posts (next_at);
CREATE UNIQUE INDEX scheduled_posts_asked ON scheduled_posts (asked) WHERE asked IS NOT NULL;

-- Direct posts that answer each other, from the first one on.
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY,             -- posts.id of the first one that is held here
  last INTEGER NOT NULL,              -- posts.id of the newest one
  unread INTEGER NOT NULL,            -- 1: the owner has not seen it
  hidden INTEGER NOT NULL             -- 1: the owner took it out of the list; the next post brings it back
);
CREATE INDEX conversations_by_last ON conversations (last);

ALTER TABLE earlier_versions ADD COLUMN attachments TEXT NOT NULL DEFAULT '[]'; -- JSON, as in posts
ALTER TABLE earlier_versions ADD COLUMN poll TEXT; -- JSON: the titles of the poll's options; NULL when there was none
