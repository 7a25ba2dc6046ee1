-- The owner's apps: which there are, what each may do, and how far the owner has read in them. Of every secret only the SHA-256 is here.

-- Apps as they registered themselves; anybody may register one. The number, written out, is the client_id.
CREATE TABLE oauth_apps (
  id INTEGER PRIMARY KEY,             -- random, 16 digits
  secret_hash TEXT NOT NULL,          -- base64 SHA-256 of the client_secret
  name TEXT NOT NULL,                 -- what the app calls itself, plain text
  website TEXT,                       -- http or https; NULL when it gave none
  redirect_uris TEXT NOT NULL,        -- JSON: opaque strings, compared whole; at most 2,000 characters together
  scopes TEXT NOT NULL,               -- with spaces between: the most it may ever ask for
  created_at INTEGER NOT NULL,        -- unix ms
  expires_at INTEGER                  -- unix ms: the night after it takes the row; NULL while the owner has let the app in
);

-- Codes on their way from the owner's yes to the app. A used one stays for a day: used twice, it takes its token with it.
CREATE TABLE oauth_codes (
  hash TEXT PRIMARY KEY,              -- base64 SHA-256
  app INTEGER NOT NULL,               -- oauth_apps.id
  redirect_uri TEXT NOT NULL,         -- where it was sent; the app has to name the same
  scopes TEXT NOT NULL,               -- with spaces between: what the owner allowed
  challenge TEXT,                     -- PKCE S256, base64url; NULL when the app gave none
  expires_at INTEGER NOT NULL,        -- unix ms, a minute after it was made
  used_at INTEGER,                    -- unix ms; the first use, right or wrong, is the last
  token_hash TEXT                     -- oauth_tokens.hash that came of it
) WITHOUT ROWID;

-- Tokens that work. One that was revoked is gone.
CREATE TABLE oauth_tokens (
  hash TEXT PRIMARY KEY,              -- base64 SHA-256
  app INTEGER NOT NULL,               -- oauth_apps.id
  kind TEXT NOT NULL,                 -- owner: acts for the owner; app: for itself alone (client_credentials)
  scopes TEXT NOT NULL,               -- with spaces between
  created_at INTEGER NOT NULL,        -- unix ms
  used_at INTEGER NOT NULL            -- unix ms, exact to the hour
) WITHOUT ROWID;
CREATE INDEX oauth_tokens_app ON oauth_tokens (app);

-- How far the owner has read, as apps tell each other.
CREATE TABLE markers (
  timeline TEXT PRIMARY KEY,          -- home, notifications
  last_read_id TEXT NOT NULL,         -- decimal
  version INTEGER NOT NULL,           -- grows with each change
  updated_at INTEGER NOT NULL         -- unix ms
) WITHOUT ROWID;
