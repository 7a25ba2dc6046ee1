-- Moving in: the accounts the owner comes from, the window in which their followers are let in, who is expected, and what is done
-- for those who do not come.

-- JSON: old handles (user@domain, lower case) on domains of the owner's own; WebFinger answers for them too.
ALTER TABLE owner ADD COLUMN handles TEXT NOT NULL DEFAULT '[]';

-- How many ever arrived: only grows, and spares counting followers.
ALTER TABLE follower_log ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
UPDATE follower_log SET arrived = count;

-- Accounts that may move here: those that stand in alsoKnownAs, as they were when last looked at.
CREATE TABLE old_accounts (
  iri TEXT PRIMARY KEY,               -- actor id
  handle TEXT NOT NULL,               -- user@host
  software TEXT NOT NULL,             -- name in NodeInfo, lower case; '' when it does not say
  version TEXT NOT NULL,
  followers INTEGER,                  -- totalItems of its followers collection; NULL when it does not say
  moved_to TEXT,                      -- actor id
  added_at INTEGER NOT NULL,          -- unix ms
  checked_at INTEGER NOT NULL         -- unix ms
) WITHOUT ROWID;

-- When the door stood open for the followers of an old account. At most one row is open.
CREATE TABLE arrival_windows (
  opened_at INTEGER PRIMARY KEY,      -- unix ms
  closes_at INTEGER NOT NULL,         -- unix ms: closed by itself then
  closed_at INTEGER,                  -- unix ms; NULL while it is open
  takes TEXT NOT NULL CHECK (takes IN ('everybody', 'expected')), -- who needs no approval meanwhile
  arrived_before INTEGER NOT NULL,    -- follower_log.arrived when it was opened
  arrived_after INTEGER,              -- and when it was closed
  log_before INTEGER NOT NULL,        -- follower_log.last_id when it was opened
  log_after INTEGER                   -- and when it was closed
);

-- Who followed the old account, as its list says. Never a follower for that alone.
CREATE TABLE expected (
  id INTEGER PRIMARY KEY,             -- 52-bit hash of the IRI (the number its peer has or would have), or of acct:ADDRESS while the IRI is not known
  iri TEXT,                           -- actor id
  address TEXT,                       -- user@host, lower case
  host TEXT NOT NULL,                 -- lower case
  inbox TEXT,                         -- personal inbox, once it was asked for
  problem TEXT,                       -- why it could not be found, in our words
  looked_at INTEGER,                  -- unix ms: last asked for
  rescues INTEGER NOT NULL DEFAULT 0, -- rescue Accepts owed so far, at most 2
  rescued_at INTEGER                  -- unix ms: the last one
);

-- Their servers, once each.
CREATE TABLE expected_hosts (
  host TEXT PRIMARY KEY,              -- lower case
  people INTEGER NOT NULL,            -- of the list
  software TEXT,                      -- name in NodeInfo, lower case; NULL: not asked yet
  inbox TEXT,                         -- of any of them: the shared one where there is one
  rfc9421 INTEGER NOT NULL DEFAULT 0, -- 1: has signed with RFC 9421
  problem TEXT,                       -- why no inbox could be found
  looked_at INTEGER,                  -- unix ms
  warmed_at INTEGER                   -- unix ms: the greeting was handed to the outbox
) WITHOUT ROWID;

-- Rescue Accepts owed, in order: for people whose Follow never came or whose Accept never arrived. A log like followers.
CREATE TABLE rescues (
  id INTEGER PRIMARY KEY,             -- ever growing in the order of commits
  expected INTEGER NOT NULL,          -- expected.id
  iri TEXT NOT NULL,                  -- actor id
  inbox TEXT NOT NULL,                -- personal inbox
  rfc9421 INTEGER NOT NULL,
  at INTEGER NOT NULL                 -- unix ms
);

-- Follower lists being fetched or read in, and what became of them.
CREATE TABLE list_jobs (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  source TEXT NOT NULL,               -- mastodon, misskey, collection, file
  account TEXT NOT NULL,              -- actor id of the old account, or the file's name
  token TEXT,                         -- the owner's token for its API, sealed with the data key; NULL when it needs none or is done
  cursor TEXT,                        -- where to go on; NULL: at the beginning
  found INTEGER NOT NULL DEFAULT 0,   -- people so far
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed')),
  problem TEXT,                       -- what went wrong, in our words
  next_at INTEGER NOT NULL,           -- unix ms: not before
  tries INTEGER NOT NULL DEFAULT 0    -- failures in a row
);

-- FEP-8fcf: our followers on one server, as one committed read saw them; whoever came later is in followers above `through`.
CREATE TABLE follower_lists (
  host TEXT PRIMARY KEY,              -- lower case
  iris TEXT NOT NULL,                 -- JSON: actor ids
  digest TEXT NOT NULL,               -- hex: XOR of the SHA-256 of each
  inbox TEXT NOT NULL,                -- where the header is sent
  through INTEGER NOT NULL,           -- follower_log.last_id of that read
  sent_at INTEGER                     -- unix ms: the header was handed to the outbox
) WITHOUT ROWID;

-- The test of the whole way that a preflight makes: a follower of our own that follows, is accepted and leaves again.
CREATE TABLE probes (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  started_at INTEGER NOT NULL,        -- unix ms
  followed INTEGER,                   -- status the inbox answered to its Follow
  detail TEXT,                        -- what was wrong with that answer
  accepted_at INTEGER                 -- unix ms: its Accept came
);
