-- What is served to everyone, rendered when it changes, so that a GET costs one read and no work.
CREATE TABLE documents (
  name TEXT PRIMARY KEY,              -- actor, webfinger, nodeinfo, profile
  body TEXT NOT NULL,
  etag TEXT NOT NULL,
  updated_at INTEGER NOT NULL         -- unix ms
) WITHOUT ROWID;
