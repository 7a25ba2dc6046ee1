-- The others: remote actors, who follows us, whom we follow, and what was taken back.

-- A remote actor we have business with: its key, its inboxes, and how it stands to us.
CREATE TABLE peers (
  id INTEGER PRIMARY KEY,             -- 52-bit hash of the IRI, next free number on a collision: no second index is needed
  iri TEXT NOT NULL,                  -- actor id, exactly as received
  inbox TEXT NOT NULL,
  shared_inbox TEXT,
  keys TEXT NOT NULL,                 -- JSON: [{id, kind: pem|multikey, value}] listed in the actor document
  keys_fetched_at INTEGER NOT NULL,   -- unix ms
  rfc9421 INTEGER NOT NULL DEFAULT 0, -- 1: has signed with RFC 9421, so may be answered with it
  username TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',      -- plain text
  summary TEXT NOT NULL DEFAULT '',   -- sanitised HTML
  url TEXT,                           -- page for people
  icon TEXT,
  fetched_at INTEGER NOT NULL,        -- unix ms: the document
  follower INTEGER,                   -- followers.id when it follows us
  follow_event_at INTEGER NOT NULL DEFAULT 0, -- receipt (unix ms) of the newest Follow or Undo applied: an older one changes nothing
  blocked_at INTEGER,                 -- unix ms: the owner blocks it
  blocks_us_at INTEGER,               -- unix ms: it told us that it blocks the owner
  moved_to TEXT                       -- actor id it moved to, believed after the checks
);

-- Followers, in the order of their arrival. The same order is the log of Accepts owed: an id above the redelivery object's
-- cursor has not had its Accept delivered.
CREATE TABLE followers (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n, ever growing in the order of commits
  peer INTEGER NOT NULL,
  inbox INTEGER NOT NULL,             -- inboxes.id its posts go to
  follow_iri TEXT,                    -- id of the newest Follow; Pixelfed sends none
  since INTEGER NOT NULL,             -- unix ms: first followed
  accept_asked_at INTEGER,            -- unix ms: last time a repeated Follow had its Accept sent again
  proof TEXT NOT NULL                 -- base64 gzip JSON: the Follow as received (method, url, headers, body, key)
);

-- One row: how many followers there are, and the newest id given. Spares a count of the table for every Follow.
CREATE TABLE follower_log (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  count INTEGER NOT NULL,
  last_id INTEGER NOT NULL
);
INSERT INTO follower_log (id, count, last_id) VALUES (1, 0, 0);

-- Where posts to followers go: each inbox once, however many followers share it.
CREATE TABLE inboxes (
  id INTEGER PRIMARY KEY,             -- 52-bit hash of the URL, next free number on a collision
  url TEXT NOT NULL,
  refs INTEGER NOT NULL,              -- followers behind it; the row goes with the last of them
  rfc9421 INTEGER NOT NULL DEFAULT 0, -- 1: somebody behind it has signed with RFC 9421
  gone_at INTEGER                     -- unix ms: answered 404 or 410 twice, a day apart; its followers are kept 30 days more
);

-- Follows that wait for the owner, while the account is locked.
CREATE TABLE follow_requests (
  peer INTEGER PRIMARY KEY,
  follow_iri TEXT,
  received_at INTEGER NOT NULL,       -- unix ms
  proof TEXT NOT NULL                 -- as followers.proof
);

-- Whom the owner follows.
CREATE TABLE following (
  peer INTEGER PRIMARY KEY,
  id INTEGER NOT NULL,                -- unix ms * 1000 + n: order, and part of the Follow's id
  follow_iri TEXT NOT NULL,           -- id of our Follow
  state TEXT NOT NULL CHECK (state IN ('requested', 'accepted')),
  replaces INTEGER                    -- peers.id of the account that moved here: unfollowed when this one accepts
);

-- Ids of activities and objects that were taken back, and of Follows that newer ones replaced: kept 7 days, because Mastodon
-- may deliver a Follow 74 hours after the Undo of it.
CREATE TABLE undone (
  key INTEGER PRIMARY KEY,            -- 52-bit hash of what was undone
  at INTEGER NOT NULL                 -- unix ms, receipt
);

-- Hosts the owner wants nothing from.
CREATE TABLE blocked_hosts (
  host TEXT PRIMARY KEY,
  at INTEGER NOT NULL                 -- unix ms
) WITHOUT ROWID;
