-- What the owner's apps want to be told of while they are not open: Web Push (RFC 8030).

-- One for each token of an app's. It goes with its token.
CREATE TABLE push_subscriptions (
  id INTEGER PRIMARY KEY,             -- what apps call it: a small number, because some read 32 bits
  token TEXT NOT NULL UNIQUE,         -- oauth_tokens.hash
  bearer TEXT NOT NULL,               -- base64: AES-GCM of the token itself under the data key; apps find the account by it
  endpoint TEXT NOT NULL,             -- https address at the app's push service
  p256dh TEXT NOT NULL,               -- base64: the app's point on P-256, 65 bytes
  auth TEXT NOT NULL,                 -- base64: 16 bytes
  standard INTEGER NOT NULL,          -- 1: encrypted as in RFC 8291; 0: as in the draft before it (aesgcm)
  alerts TEXT NOT NULL,               -- JSON: the types of notifications that are pushed, in Mastodon's words
  policy TEXT NOT NULL,               -- all; followed: by whom the owner follows; follower: by whom follows them; none
  created_at INTEGER NOT NULL,        -- unix ms
  sent_at INTEGER,                    -- unix ms of a push that was taken, exact to the hour; NULL: none was
  problem TEXT,                       -- what the push service last refused with; NULL: nothing since
  problem_at INTEGER,                 -- unix ms
  ended_at INTEGER                    -- unix ms: the service will not have it any more, and nothing is sent; NULL while it works
);
