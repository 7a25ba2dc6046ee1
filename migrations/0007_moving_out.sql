-- Moving out: where the owner has gone. The actor stays, says so, and lets go of its followers.

ALTER TABLE owner ADD COLUMN moved_to TEXT;     -- actor id; NULL while the owner lives here
ALTER TABLE owner ADD COLUMN moved_at INTEGER;  -- unix ms
