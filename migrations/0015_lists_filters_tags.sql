-- What the owner sorts their reading by: lists of people, words they do not want to meet, and hashtags they care for.

CREATE TABLE lists (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n, when it was made
  title TEXT NOT NULL,                -- plain text
  replies TEXT NOT NULL CHECK (replies IN ('none', 'list', 'followed')), -- whom its people may answer there, beside themselves and the owner
  exclusive INTEGER NOT NULL          -- 1: what its people say and boost is not shown at home as well
);

-- Who stands in which list. Nobody but whom the owner follows or has asked to: who is followed no more leaves with the row.
CREATE TABLE list_members (
  list INTEGER NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  peer INTEGER NOT NULL REFERENCES following (peer) ON DELETE CASCADE,
  PRIMARY KEY (list, peer)
) WITHOUT ROWID;
CREATE INDEX list_members_of_peer ON list_members (peer);

-- What one person boosted, newest first: found without reading what everybody boosted. 1 row more for each boost that is an entry of a timeline.
CREATE INDEX reactions_boosts_of_peer ON reactions (peer, id) WHERE kind = 'boost' AND id IS NOT NULL;

-- 0: stands in an exclusive list. It lies here because the home page reads this row anyway.
ALTER TABLE following ADD COLUMN home INTEGER NOT NULL DEFAULT 1;

-- Filters. What is read for every page is the document `filters`, which is written anew with each change of these tables.
CREATE TABLE filters (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n, when it was made
  title TEXT NOT NULL,                -- plain text
  contexts TEXT NOT NULL,             -- JSON: where apps apply it: home, notifications, public, thread, account
  action TEXT NOT NULL CHECK (action IN ('warn', 'hide', 'blur')), -- what apps do with a post it meets
  expires_at INTEGER                  -- unix ms; null: never
);

CREATE TABLE filter_keywords (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  filter INTEGER NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
  keyword TEXT NOT NULL,              -- as typed
  whole_word INTEGER NOT NULL         -- 1: not within a word
);
CREATE INDEX filter_keywords_of_filter ON filter_keywords (filter);

-- Single posts that a filter meets whatever they say.
CREATE TABLE filter_posts (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  filter INTEGER NOT NULL REFERENCES filters (id) ON DELETE CASCADE,
  post INTEGER NOT NULL,              -- posts.id
  UNIQUE (filter, post)
);

-- Hashtags the owner follows: what others say with them to everybody stands at home, when it is here.
CREATE TABLE followed_tags (
  name TEXT PRIMARY KEY,              -- NFKC, lower case, without the #
  id INTEGER NOT NULL,                -- unix ms * 1000 + n: order
  shown TEXT NOT NULL                 -- as it was typed
) WITHOUT ROWID;

-- Posts of others that carry one of them. Written only then, so that nobody's other posts cost a row for it.
CREATE TABLE tag_entries (
  post INTEGER NOT NULL REFERENCES posts (id) ON DELETE CASCADE,
  name TEXT NOT NULL REFERENCES followed_tags (name) ON DELETE CASCADE,
  PRIMARY KEY (post, name)
) WITHOUT ROWID;
CREATE INDEX tag_entries_of_tag ON tag_entries (name);

-- Hashtags on the owner's profile.
CREATE TABLE featured_tags (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  name TEXT NOT NULL UNIQUE,          -- NFKC, lower case, without the #
  shown TEXT NOT NULL                 -- as it was typed
);
