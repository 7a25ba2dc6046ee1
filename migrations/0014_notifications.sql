-- What others did that concerns the owner is read off the rows it left. Here is what the owner wants of it: whose is held back, and what was
-- taken out of the list.

-- One row. How notifications from people of some sort are taken: 0 as they come, 1 held back until the owner lets them through, 2 never shown.
CREATE TABLE notification_policy (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  not_following INTEGER NOT NULL DEFAULT 0,    -- people the owner does not follow
  not_followers INTEGER NOT NULL DEFAULT 0,    -- people who do not follow the owner, or for less than 3 days
  new_accounts INTEGER NOT NULL DEFAULT 0,     -- accounts whose document says that they are younger than 30 days
  private_mentions INTEGER NOT NULL DEFAULT 0, -- direct posts of people the owner does not follow, unless they answer the owner
  limited_accounts INTEGER NOT NULL DEFAULT 0, -- kept for apps that set it: nobody is limited here
  cleared_through INTEGER NOT NULL DEFAULT 0   -- notifications up to this number were cleared away
);
INSERT INTO notification_policy (id) VALUES (1);

-- What the owner decided on people whose notifications are held back.
CREATE TABLE notification_decisions (
  peer INTEGER PRIMARY KEY,           -- peers.id
  accepted_at INTEGER,                -- unix ms: theirs are shown from now on, and those that were held back as well
  dismissed_through INTEGER NOT NULL DEFAULT 0 -- the number of the newest one when the owner put them aside: a newer one brings them up again
);

-- Notifications that were dismissed one by one. They go when all are cleared.
CREATE TABLE dismissed_notifications (
  id INTEGER PRIMARY KEY              -- the notification's number
);

-- And whole groups of them.
CREATE TABLE dismissed_groups (
  kind TEXT NOT NULL,                 -- like, boost, follow, arrivals
  post INTEGER NOT NULL,              -- posts.id; 0: follows have none
  part INTEGER NOT NULL,              -- unix ms / 12 hours; of arrivals arrival_windows.opened_at
  through INTEGER NOT NULL,           -- up to this notification: what comes later shows the group again
  PRIMARY KEY (kind, post, part)
) WITHOUT ROWID;

-- Requests in the order they came. A locked account may have thousands: 1 row more for each.
CREATE INDEX follow_requests_in_time ON follow_requests (received_at);

-- Of whom each post is a notification: a handful among all the owner follows.
CREATE INDEX following_that_notify ON following (peer) WHERE notify = 1;
