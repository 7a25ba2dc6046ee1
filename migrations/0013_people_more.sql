-- What the pages of an app need of people beside their names, and a way to list whom the owner blocks without reading everybody.

ALTER TABLE peers ADD COLUMN about TEXT;       -- JSON: {kind, locked, header, fields, discoverable, published, collections} of the document; null: fetched before we kept it
ALTER TABLE peers ADD COLUMN counts TEXT;      -- JSON: {followers, following, posts} as its own server tells; a number it does not tell is null
ALTER TABLE peers ADD COLUMN counted_at INTEGER; -- unix ms: when it was last asked for them

CREATE UNIQUE INDEX mutes_in_time ON mutes (id);
CREATE INDEX peers_blocked ON peers (blocked_at) WHERE blocked_at IS NOT NULL;
