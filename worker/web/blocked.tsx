/** Whom the owner wants nothing from. */
import { Hono } from "hono";
import type { Context } from "hono";

import { handleOf } from "../model/peer.ts";
import { blockHandle, blockHost, unblockHost } from "../owner/blocks.ts";
import { unblockPeer } from "../owner/follow.ts";
import { everyHostBlock } from "../store/notices.ts";
import { blockedPeers } from "../store/peers.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { Act, idIn, Initial, Person, When } from "./parts.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

const PEOPLE_MAX = 500;

export const blockedPages = new Hono<WebEnv>();

blockedPages.get("/blocked", ownerOnly, (c) => blockedPage(c, {}));

blockedPages.post("/blocked", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const handle = form.text("handle").trim();
  const problem = await blockHandle(c.var.ctx, handle);
  return problem === null ? seeOther("/blocked") : blockedPage(c, { handle, problem });
});

blockedPages.post("/blocked/:peer/remove", ownerOnly, async (c) => {
  const peer = idIn(c.req.param("peer"));
  if (peer === null) return problemPage(404, "They are not blocked.", <a href="/blocked">Back</a>);
  await unblockPeer(c.var.ctx, peer);
  return seeOther("/blocked");
});

blockedPages.post("/blocked-hosts", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const host = form.text("host").trim();
  const hostProblem = await blockHost(c.var.ctx, host);
  return hostProblem === null ? seeOther("/blocked") : blockedPage(c, { host, hostProblem });
});

blockedPages.post("/blocked-hosts/:host/remove", ownerOnly, async (c) => {
  await unblockHost(c.var.ctx, c.req.param("host"));
  return seeOther("/blocked");
});

interface Refused {
  readonly handle?: string;
  readonly problem?: string;
  readonly host?: string;
  readonly hostProblem?: string;
}

async function blockedPage(c: Context<WebEnv>, refused: Refused): Promise<Response> {
  const { ctx } = c.var;
  const [people, hosts] = await ctx.db.batch([blockedPeers(ctx.db, PEOPLE_MAX), everyHostBlock(ctx.db)]);
  return page({
    title: "Blocked",
    status: (refused.problem ?? refused.hostProblem) ? 422 : 200,
    owner: { ctx, path: "/blocked" },
    body: (
      <>
        <h1>Blocked</h1>
        <p>Who is blocked does not follow you, is not followed, and nothing they send is taken.</p>
        <form method="post" action="/blocked" class="card">
          <Problem text={refused.problem ?? null} />
          <Field
            label="Block an account"
            name="handle"
            value={refused.handle ?? ""}
            autocomplete="off"
            required
            hint="Like @user@host."
          />
          <button>Block</button>
        </form>
        {people.length === 0 && <p class="soft">No account is blocked.</p>}
        <ul class="list">
          {people.map((peer) => (
            <li class="person">
              <Initial name={peer.name || peer.username} />
              <div class="who">
                <Person peer={peer} />
              </div>
              <div class="acts">
                <Act to={`/blocked/${peer.id}/remove`} label="Unblock" of={handleOf(peer)} />
              </div>
            </li>
          ))}
        </ul>
        <h2>Servers</h2>
        <p>Nothing is taken from a blocked server. Who follows you from there stays until you remove them.</p>
        <form method="post" action="/blocked-hosts" class="card">
          <Problem text={refused.hostProblem ?? null} />
          <Field
            label="Block a server"
            name="host"
            value={refused.host ?? ""}
            autocomplete="off"
            required
            hint="Like example.com."
          />
          <button>Block</button>
        </form>
        {hosts.length === 0 && <p class="soft">No server is blocked.</p>}
        <ul class="list">
          {hosts.map(({ host, at }) => (
            <li class="person">
              <div class="who">
                <span class="name">{host}</span>
                <br />
                <span class="soft small">
                  since <When at={at} />
                </span>
              </div>
              <div class="acts">
                <Act to={`/blocked-hosts/${encodeURIComponent(host)}/remove`} label="Unblock" of={host} />
              </div>
            </li>
          ))}
        </ul>
      </>
    ),
  });
}
