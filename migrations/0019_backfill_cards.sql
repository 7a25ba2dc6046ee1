-- What is fetched for the owner to read: the rest of a thread, the newest posts of whom they follow, what a link leads to; and what vouches for them.

-- Posts that are fetched a few at a time: an invocation may not ask for many, so what is still to be asked stands here.
CREATE TABLE backfills (
  id TEXT PRIMARY KEY,                -- thread-N: posts.id of the post that was opened; latest-N: peers.id of who is followed
  started_at INTEGER NOT NULL,        -- unix ms; not begun again before its time
  stepped_at INTEGER NOT NULL,        -- unix ms: somebody is at it since; 0: nobody
  plan TEXT NOT NULL,                 -- JSON: what is to be fetched, what was, and how much of it
  found INTEGER NOT NULL,             -- posts that were new here
  done_at INTEGER                     -- unix ms; swept a day later
) WITHOUT ROWID;

-- What a link leads to, once for all posts that hold it.
CREATE TABLE cards (
  id INTEGER PRIMARY KEY,             -- 52-bit hash of the URL
  url TEXT NOT NULL,                  -- as it stands in the posts; another URL with the same hash has no card
  asked_at INTEGER NOT NULL,          -- unix ms: last time the page was asked for
  tries INTEGER NOT NULL,             -- how often it was asked for and had nothing to show
  card TEXT,                          -- JSON: what the page says of itself; null: nothing yet
  creator INTEGER                     -- peers.id of who wrote it, when they say so as well
);

ALTER TABLE posts ADD COLUMN card INTEGER; -- cards.id of its first link; null: it has none, or nobody has looked

-- Links in the owner's profile that were seen to link back.
ALTER TABLE owner ADD COLUMN verified TEXT NOT NULL DEFAULT '{}'; -- JSON: {link: unix ms when it was first seen}
