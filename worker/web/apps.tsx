/** The apps that can act for the owner: since when, what they may, and the door. */
import { Hono } from "hono";

import { appsOfOwner, disconnect, type ConnectedApp } from "../owner/apps.ts";
import { page } from "./layout.tsx";
import { Act, idIn, When } from "./parts.tsx";
import { ScopeList } from "./scope-words.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

export const appPages = new Hono<WebEnv>();

/** 2 D1 reads. */
appPages.get("/apps", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const apps = await appsOfOwner(ctx);
  return page({
    title: "Apps",
    owner: { ctx, path: "/settings" },
    body: (
      <>
        <h1>Apps</h1>
        {c.req.query("ended") !== undefined && (
          <p class="note" role="status">
            The app is out.
          </p>
        )}
        <p>
          These apps can act for you. To add one, sign in there with the server{" "}
          <code>{new URL(ctx.stead.origin).host}</code>
          {": it sends you here, and you say yes or no. Your password is never for an app."}
        </p>
        {apps.length === 0 ? (
          <p class="soft">No app is in.</p>
        ) : (
          <ul class="list">
            {apps.map((connected) => (
              <Connected connected={connected} />
            ))}
          </ul>
        )}
      </>
    ),
  });
});

appPages.post("/apps/:id/end", ownerOnly, async (c) => {
  const id = idIn(c.req.param("id"));
  if (id === null) return c.notFound();
  await disconnect(c.var.ctx, id);
  return seeOther("/apps?ended");
});

function Connected({ connected: { app, scopes, since, usedAt, pushes } }: { connected: ConnectedApp }) {
  return (
    <li class="person">
      <div class="who">
        <bdi class="name">{app.name}</bdi>
        <p class="soft small">
          In since <When at={since} />, last used <When at={usedAt} />
        </p>
        {pushes.map((push) => (
          <Push push={push} />
        ))}
        <details>
          <summary>What it may do</summary>
          <ScopeList scopes={scopes} />
        </details>
      </div>
      <div class="acts">
        <Act to={`/apps/${app.id}/end`} label="End" of={app.name} danger />
      </div>
    </li>
  );
}

/** Where the app is told things while it is closed, and how that goes. */
function Push({ push }: { push: ConnectedApp["pushes"][number] }) {
  const { host } = new URL(push.endpoint);
  const { sentAt, problem, problemAt, endedAt } = push;
  return (
    <p class="soft small">
      {endedAt === null ? "Notifications go there through " : "No notifications go there any more through "}
      <code>{host}</code>
      {problem !== null && problemAt !== null ? (
        <>
          {`: ${problem}, `}
          <When at={problemAt} />
        </>
      ) : (
        sentAt !== null && (
          <>
            {", last "}
            <When at={sentAt} />
          </>
        )
      )}
    </p>
  );
}
