-- Pictures, films and sounds of the owner's posts. The bytes lie in the bucket; a row is written before them and goes after them, so that
-- nothing in the bucket is ever without one.

CREATE TABLE media (
  id INTEGER PRIMARY KEY,             -- unix ms * 1000 + n: when it was sent
  name TEXT NOT NULL,                 -- in the bucket and in the address: 43 random characters and an extension
  type TEXT NOT NULL,                 -- media type, from the bytes; "" until all of them are there
  size INTEGER NOT NULL,              -- bytes; 0 until all of them are there
  width INTEGER,                      -- pixels as it is shown; null: not known, or a sound
  height INTEGER,
  duration INTEGER,                   -- ms; null: not known, or a picture
  alt TEXT NOT NULL DEFAULT '',       -- what is to be seen or heard, plain text
  transcript TEXT NOT NULL DEFAULT '', -- every word that is said, plain text
  focus TEXT,                         -- JSON: [x, y] from -1 to 1, what must not be cut off; null: the middle
  preview TEXT,                       -- name of a still picture in the bucket
  blurhash TEXT,                      -- of the picture, as the app made it
  post INTEGER,                       -- posts.id that shows it; null: none
  expires_at INTEGER                  -- unix ms: after it the bytes are removed, and then the row; null: a post shows it
);

ALTER TABLE owner ADD COLUMN media_direct INTEGER NOT NULL DEFAULT 0; -- 1: apps fetch other servers' pictures themselves; 0: through the stead
