-- What leaves: each activity once, however many it goes to, and what we gave up on.

-- An activity and its audience. Serialised once; the queue's messages point here and carry neither body nor key.
CREATE TABLE fanouts (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n
  activity TEXT NOT NULL,             -- JSON exactly as it is sent
  digest TEXT NOT NULL,               -- base64 SHA-256 of the activity's bytes
  to_followers INTEGER NOT NULL,      -- 1: goes to every row of inboxes
  recipients TEXT NOT NULL,           -- JSON: [{inbox, rfc9421}] besides; the nth has position -n
  created_at INTEGER NOT NULL,        -- unix ms
  done_at INTEGER                     -- unix ms: handed to every inbox, or noted as due; swept 8 days later
);

-- Deliveries given up. The owner sees them and can send them again.
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY,
  stream TEXT NOT NULL,               -- accepts, or the fanout's id
  position INTEGER NOT NULL,          -- followers.id, inboxes.id, or minus the number of the recipient
  inbox TEXT NOT NULL,
  reason TEXT NOT NULL,               -- refused, gone, expired
  detail TEXT NOT NULL,               -- the last answer, in our words
  attempts INTEGER NOT NULL,
  first_at INTEGER NOT NULL,          -- unix ms
  last_at INTEGER NOT NULL            -- unix ms
);

-- Mail whose sender could not be verified within three days, because its server did not answer. One row an actor.
CREATE TABLE unverified_mail (
  actor TEXT PRIMARY KEY,
  activity TEXT NOT NULL,             -- type of the last one
  detail TEXT NOT NULL,               -- why its key could not be had
  received_at INTEGER NOT NULL        -- unix ms, the last one
) WITHOUT ROWID;

-- What peers report to the owner about the owner's posts (Flag).
CREATE TABLE reports (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n, receipt
  peer INTEGER NOT NULL,              -- peers.id of the reporting server's actor
  text TEXT NOT NULL,                 -- plain
  objects TEXT NOT NULL               -- JSON: the IRIs reported
);
