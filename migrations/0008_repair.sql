-- Mending what a move left half done: what the owner asked for and how far it is, our followers server by server, and what other servers'
-- lists say of the owner's own follows.

-- One row: the rounds of repair. A round goes on while its `_next_at` is set.
CREATE TABLE repairs (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  rescue_auto INTEGER NOT NULL DEFAULT 0,   -- 1: the owner lets rescue Accepts go out by themselves, 24 h and 75 h after the last arrival
  rescue_asked_at INTEGER,                  -- unix ms: the owner's button, newest
  rescue_round INTEGER NOT NULL DEFAULT 0,  -- unix ms: what the newest round was due at; who was rescued since is not again
  rescue_cursor INTEGER NOT NULL DEFAULT 0, -- expected.id looked at last
  rescue_passes INTEGER NOT NULL DEFAULT 0, -- of this round, that are over
  rescue_missed INTEGER NOT NULL DEFAULT 0, -- people of this pass whose server did not answer: they are asked for again in the next one
  rescue_next_at INTEGER,                   -- unix ms; NULL: the round is over
  rescued INTEGER NOT NULL DEFAULT 0,       -- rescue Accepts owed in this round so far
  resting TEXT NOT NULL DEFAULT '{}',       -- JSON: host -> unix ms until which it is not asked, because it did not answer
  sync_auto INTEGER NOT NULL DEFAULT 1,     -- 1: lists are compared by themselves, 72 h after the last arrival
  sync_asked_at INTEGER,                    -- unix ms: the owner's button, newest
  sync_round INTEGER NOT NULL DEFAULT 0,    -- unix ms: what the newest comparison was due at
  hour_through INTEGER NOT NULL DEFAULT 0,  -- followers.id up to which Accepts were sent again an hour after the Follow
  day_through INTEGER NOT NULL DEFAULT 0    -- and a day after it
);
INSERT INTO repairs (id) VALUES (1);

-- When Accepts were sent once more: an Accept that a server lost leaves the follower waiting there for ever, and nobody hears of it. A record:
-- the debt itself lies in the redelivery object.
CREATE TABLE accept_sweeps (
  id INTEGER PRIMARY KEY,             -- unix ms
  reason TEXT NOT NULL CHECK (reason IN ('hour', 'day', 'owner')),
  after INTEGER NOT NULL,             -- of the followers with ids above this,
  through INTEGER NOT NULL            -- up to and with this
);

-- The list was an idea until now, and never written: this is what FEP-8fcf needs. A follower of one server is whoever stands in `people` and
-- follows still, and whoever came above `through`.
DROP TABLE follower_lists;
CREATE TABLE follower_lists (
  host TEXT PRIMARY KEY,              -- authority of the actor ids, lower case
  people TEXT NOT NULL,               -- JSON: peers.id of our followers there, as one committed read saw them
  rescued TEXT NOT NULL DEFAULT '[]', -- JSON: expected.id of those there who had a rescue Accept: they follow us if their server says so
  inbox TEXT NOT NULL,                -- where the header is sent: the shared one where there is one
  through INTEGER NOT NULL,           -- follower_log.last_id of that read
  next_at INTEGER,                    -- unix ms: not sent before; NULL: sent, or given up
  tries INTEGER NOT NULL DEFAULT 0,
  digest TEXT,                        -- hex, as it was sent last
  sent_at INTEGER,                    -- unix ms: the server took the header
  asked_at INTEGER,                   -- unix ms: the server fetched the list
  agreed_at INTEGER,                  -- unix ms: rescued people it did not take back were taken for followers
  problem TEXT                        -- why it was given up, in our words
) WITHOUT ROWID;
CREATE INDEX follower_lists_due ON follower_lists (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX follower_lists_asked ON follower_lists (asked_at) WHERE asked_at IS NOT NULL AND agreed_at IS NULL;

-- A server says of a person on its list that they do not follow the owner.
ALTER TABLE expected ADD COLUMN declined_at INTEGER; -- unix ms

-- FEP-8fcf, the other way: accounts whose server said with a signed header that the owner's Follow is not known there, or that there is one
-- nobody here knows of. Looked into later, at most hourly an account.
CREATE TABLE follow_checks (
  peer INTEGER PRIMARY KEY,           -- peers.id
  url TEXT NOT NULL,                  -- of its list of followers here
  collection TEXT NOT NULL,           -- id of its followers collection, as it claims
  digest TEXT NOT NULL,               -- hex, as claimed
  noted_at INTEGER NOT NULL,          -- unix ms: the newest header
  next_at INTEGER,                    -- unix ms: looked into not before; NULL: done
  checked_at INTEGER,                 -- unix ms: looked into last
  outcome TEXT,                       -- what came of it, in our words
  refollowed_at INTEGER               -- unix ms: the owner's Follow was sent again because it was not known there
);
CREATE INDEX follow_checks_due ON follow_checks (next_at) WHERE next_at IS NOT NULL;
