/** Who follows the owner, and who asks to. */
import { Hono } from "hono";
import type { Context } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { acceptRequest, blockPeer, rejectRequest, removeFollower } from "../owner/follow.ts";
import { followerLogQuery, newestFollowers, waitingRequests } from "../store/followers.ts";
import { page } from "./layout.tsx";
import { Act, cursorIn, idIn, Initial, NEWEST, pageOf, Pages, Person, When } from "./parts.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

const PAGE = 50;
const REQUESTS_MAX = 100;

export const followerPages = new Hono<WebEnv>();

followerPages.get("/followers", ownerOnly, async (c) => {
  const { ctx } = c.var;
  const before = cursorIn(c.req.query("before"));
  const [[log], rows, requests] = await ctx.db.batch([
    followerLogQuery(ctx.db),
    newestFollowers(ctx.db, before, PAGE + 1),
    waitingRequests(ctx.db, REQUESTS_MAX),
  ]);
  const { shown, next } = pageOf(rows, PAGE, ({ follower }) => follower.id);
  const count = log?.count ?? 0;
  return page({
    title: "Followers",
    owner: { ctx, path: "/followers" },
    body: (
      <>
        <h1>{count === 1 ? "1 follower" : `${count} followers`}</h1>
        {before === NEWEST && requests.length > 0 && <Requests requests={requests} />}
        {shown.length === 0 && (
          <p class="soft">
            Nobody here yet. People find you as @{ctx.stead.handle}@{ctx.stead.handleDomain}.
          </p>
        )}
        <ul class="list">
          {shown.map(({ follower, peer }) => (
            <li class="person">
              <Initial name={peer.name || peer.username} />
              <div class="who">
                <Person peer={peer} />
                <br />
                <span class="soft small">
                  since <When at={follower.since} />
                </span>
              </div>
              <div class="acts">
                <Act to={`/followers/${peer.id}/remove`} label="Remove" of={handleOf(peer)} />
                <Act to={`/followers/${peer.id}/block`} label="Block" of={handleOf(peer)} danger />
              </div>
            </li>
          ))}
        </ul>
        <Pages path="/followers" before={before} next={next} />
      </>
    ),
  });
});

function Requests({ requests }: { requests: readonly { peer: Peer }[] }) {
  return (
    <section class="card" aria-labelledby="requests">
      <h2 id="requests">Who asks to follow you</h2>
      <ul class="list">
        {requests.map(({ peer }) => (
          <li class="person">
            <Initial name={peer.name || peer.username} />
            <div class="who">
              <Person peer={peer} />
            </div>
            <div class="acts">
              <Act to={`/requests/${peer.id}/accept`} label="Accept" of={handleOf(peer)} />
              <Act to={`/requests/${peer.id}/reject`} label="Reject" of={handleOf(peer)} danger />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Does something to the peer in the path, and shows the followers again. */
const act = (verb: (ctx: Ctx, peer: number) => Promise<boolean>) => async (c: Context<WebEnv>) => {
  const peer = idIn(c.req.param("peer"));
  if (peer !== null && (await verb(c.var.ctx, peer))) return seeOther("/followers");
  return problemPage(404, "They are no longer there.", <a href="/followers">Back to your followers</a>);
};

followerPages.post("/followers/:peer/remove", ownerOnly, act(removeFollower));
followerPages.post("/followers/:peer/block", ownerOnly, act(blockPeer));
followerPages.post("/requests/:peer/accept", ownerOnly, act(acceptRequest));
followerPages.post("/requests/:peer/reject", ownerOnly, act(rejectRequest));
