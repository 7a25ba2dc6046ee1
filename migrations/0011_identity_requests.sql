-- What apps ask for that changes who the owner is elsewhere. An app only asks: the owner looks at it and confirms it on the stead's own page, with
-- their password.
CREATE TABLE identity_requests (
  kind TEXT NOT NULL CHECK (kind IN ('alias', 'move')), -- alias: an account to be pointed here; move: one to move to
  account TEXT NOT NULL,              -- handle or actor id, as the app wrote it
  app INTEGER NOT NULL,               -- oauth_apps.id
  asked_at INTEGER NOT NULL,          -- unix ms; swept after a week
  PRIMARY KEY (kind, account)
) WITHOUT ROWID;
