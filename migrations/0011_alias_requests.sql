-- What apps ask to be pointed here. An app only asks: the owner looks at it and confirms it on the stead's own page, with their password.
CREATE TABLE alias_requests (
  account TEXT PRIMARY KEY,           -- handle or actor id, as the app wrote it
  app INTEGER NOT NULL,               -- oauth_apps.id
  asked_at INTEGER NOT NULL           -- unix ms; swept after a week
) WITHOUT ROWID;
