/** Every route there is for apps, and what each needs: a table a family. Scopes as docs.joinmastodon.org names them for each method. */
import { router, type Route } from "./router.ts";
import { accountsRoutes } from "./routes/accounts.ts";
import { conversationsRoutes } from "./routes/conversations.ts";
import { filtersRoutes } from "./routes/filters.ts";
import { identityRoutes } from "./routes/identity.ts";
import { instanceRoutes } from "./routes/instance.ts";
import { listsRoutes } from "./routes/lists.ts";
import { mediaRoutes } from "./routes/media.ts";
import { nothingRoutes } from "./routes/nothing.ts";
import { notificationsRoutes } from "./routes/notifications.ts";
import { oauthRoutes } from "./routes/oauth.ts";
import { peopleRoutes } from "./routes/people.ts";
import { searchRoutes } from "./routes/search.ts";
import { pollsRoutes } from "./routes/polls.ts";
import { pushRoutes } from "./routes/push.ts";
import { scheduledRoutes } from "./routes/scheduled.ts";
import { statusesRoutes } from "./routes/statuses.ts";
import { tagsRoutes } from "./routes/tags.ts";
import { timelinesRoutes } from "./routes/timelines.ts";

export const routes: readonly Route[] = [
  ...oauthRoutes,
  ...instanceRoutes,
  ...accountsRoutes,
  ...peopleRoutes,
  ...identityRoutes,
  ...searchRoutes,
  ...statusesRoutes,
  ...timelinesRoutes,
  ...mediaRoutes,
  ...listsRoutes,
  ...filtersRoutes,
  ...tagsRoutes,
  ...pollsRoutes,
  ...scheduledRoutes,
  ...conversationsRoutes,
  ...notificationsRoutes,
  ...pushRoutes,
  ...nothingRoutes,
];

export const mastodon = router(routes);
