-- What the owner wants of the people they know: how much of them to see, and what to remember of them.

-- Whom the owner does not want to read or hear of. Nobody is told.
CREATE TABLE mutes (
  peer INTEGER PRIMARY KEY,           -- peers.id
  id INTEGER NOT NULL,                -- unix ms * 1000 + n: in which order they were muted
  notifications INTEGER NOT NULL,     -- 1: what they do makes no notification either
  expires_at INTEGER                  -- unix ms; null: until the owner takes it back
) WITHOUT ROWID;                      -- looked for beside every post that is read, and mostly not found

-- What the owner noted of somebody. Nobody else sees it.
CREATE TABLE peer_notes (
  peer INTEGER PRIMARY KEY,           -- peers.id
  note TEXT NOT NULL                  -- plain text
);

-- Conversations that make no notification any more: the post the owner muted, or any it answers, down to every answer.
CREATE TABLE muted_threads (
  post INTEGER PRIMARY KEY,           -- posts.id
  at INTEGER NOT NULL                 -- unix ms
);

ALTER TABLE following ADD COLUMN boosts INTEGER NOT NULL DEFAULT 1;   -- 0: not what they boost
ALTER TABLE following ADD COLUMN notify INTEGER NOT NULL DEFAULT 0;   -- 1: each post of theirs is a notification
ALTER TABLE following ADD COLUMN notify_since INTEGER;                -- unix ms: posts from then on; NULL while `notify` is 0
ALTER TABLE following ADD COLUMN languages TEXT NOT NULL DEFAULT '[]'; -- JSON: BCP 47 tags of what is wanted; none: all
