-- Who lives here: one person, their keys, their pictures, and who may sign in.

-- The one person this stead belongs to. The row is the claim: it is written once, together with the keys.
CREATE TABLE owner (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  handle TEXT NOT NULL,               -- the part before the @, as typed at the claim
  name TEXT NOT NULL,                 -- display name, plain text
  bio TEXT NOT NULL DEFAULT '',       -- as typed; small Markdown
  fields TEXT NOT NULL DEFAULT '[]',  -- JSON: [[name, value], ...], at most 8, as typed
  origin TEXT NOT NULL,               -- https://host without a slash; pinned for ever at the claim
  handle_domain TEXT NOT NULL,        -- the part after the @
  actor_iri TEXT NOT NULL,            -- the actor id is data: a takeover may bring another
  aliases TEXT NOT NULL DEFAULT '[]', -- JSON: actor ids for alsoKnownAs
  domains TEXT NOT NULL DEFAULT '[]', -- JSON: further hosts that may answer WebFinger for the owner
  locked INTEGER NOT NULL DEFAULT 0,  -- 1: every Follow waits for the owner
  data_key TEXT NOT NULL,             -- base64: AES-256 data key, wrapped by INSTANCE_SECRET
  password_hash TEXT NOT NULL,        -- base64: PBKDF2 over HMAC(secret, password)
  password_salt TEXT NOT NULL,        -- base64, 16 bytes
  password_iterations INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,        -- unix ms
  updated_at INTEGER NOT NULL         -- unix ms, last change of the profile
);

-- The actor's key pairs. Private halves lie under the data key; they are written before they are ever published.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,                -- fragment on the actor id: main-key (RSA-2048), ed25519-key; vapid-key (P-256) signs pushes and stands in no document
  public TEXT NOT NULL,               -- SPKI PEM or multibase
  private TEXT NOT NULL,              -- base64: AES-GCM of the PKCS#8 bytes under the data key
  created_at INTEGER NOT NULL         -- unix ms
) WITHOUT ROWID;

-- Avatar and header, at most 200 KB each.
CREATE TABLE images (
  kind TEXT PRIMARY KEY,              -- avatar, header
  type TEXT NOT NULL,                 -- image/png, image/jpeg, image/gif, image/webp; from the bytes, not from the sender's word
  bytes BLOB NOT NULL,
  version TEXT NOT NULL,              -- first 16 hex digits of the bytes' SHA-256: part of the URL
  updated_at INTEGER NOT NULL         -- unix ms
) WITHOUT ROWID;

-- Signed-in browsers. Only a hash of the cookie is kept.
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,        -- base64 SHA-256
  authenticated_at INTEGER NOT NULL,  -- unix ms: when the password was last typed
  expires_at INTEGER NOT NULL         -- unix ms
) WITHOUT ROWID;

-- Wrong secrets and passwords, counted by the hour, so that guessing stops.
CREATE TABLE attempts (
  name TEXT PRIMARY KEY,              -- what was tried, and from where: setup:203.0.113.9, login:*
  hour INTEGER NOT NULL,              -- unix ms / 3,600,000
  count INTEGER NOT NULL
) WITHOUT ROWID;
