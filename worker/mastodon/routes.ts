/** Every route there is for apps, and what each needs: a table a family. Scopes as docs.joinmastodon.org names them for each method. */
import { router, type Route } from "./router.ts";
import { accountsRoutes } from "./routes/accounts.ts";
import { instanceRoutes } from "./routes/instance.ts";
import { nothingRoutes } from "./routes/nothing.ts";
import { oauthRoutes } from "./routes/oauth.ts";
import { statusesRoutes } from "./routes/statuses.ts";
import { timelinesRoutes } from "./routes/timelines.ts";

export const routes: readonly Route[] = [
  ...oauthRoutes,
  ...instanceRoutes,
  ...accountsRoutes,
  ...statusesRoutes,
  ...timelinesRoutes,
  ...nothingRoutes,
];

export const mastodon = router(routes);
