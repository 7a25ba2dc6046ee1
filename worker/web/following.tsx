/** Whom the owner follows. */
import { Hono } from "hono";
import type { Context } from "hono";

import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { timeFromId } from "../model/post.ts";
import { followHandle, unfollow } from "../owner/follow.ts";
import { everyFollowing, followingOf, type Followed, type Following } from "../store/following.ts";
import { peersByIri } from "../store/peers.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { Act, cursorIn, idIn, Initial, pageOf, Pages, Person } from "./parts.tsx";
import { problemPage } from "./problem.tsx";
import { ownerOnly, seeOther, type WebEnv } from "./session.ts";

const PAGE = 100;
/** A Follow is delivered for as long: an answer is not to be expected any more. */
const PATIENCE = 7 * DAY;

export const followingPages = new Hono<WebEnv>();

followingPages.get("/following", ownerOnly, (c) => followingPage(c));

followingPages.post("/following", ownerOnly, async (c) => {
  const form = await readForm(c.req.raw);
  if (form instanceof Response) return form;
  const handle = form.text("handle").trim();
  const asked = await followHandle(c.var.ctx, handle);
  switch (asked.kind) {
    case "asked":
      return seeOther("/following");
    case "already":
      return followingPage(c, {
        handle,
        problem: `You follow ${handleOf(asked.peer)} already, or have asked to.`,
      });
    case "invalid":
      return followingPage(c, { handle, problem: asked.problem });
  }
});

followingPages.post("/following/:peer/remove", ownerOnly, async (c) => {
  const peer = idIn(c.req.param("peer"));
  if (peer !== null && (await unfollow(c.var.ctx, peer))) return seeOther("/following");
  return problemPage(404, "You do not follow them.", <a href="/following">Back to whom you follow</a>);
});

interface Refused {
  readonly handle: string;
  readonly problem: string;
}

interface Move {
  readonly to: Peer;
  /** The owner's Follow of the new account, if there is one. */
  readonly asked: Following | null;
}

/** Where those went that say they have moved, by their numbers. No statement when nobody has, else 2. */
async function movesOf(ctx: Ctx, shown: readonly Followed[]): Promise<Map<number, Move>> {
  const gone = shown.flatMap(({ peer }) =>
    peer.movedTo === null ? [] : [{ id: peer.id, to: peer.movedTo }],
  );
  if (gone.length === 0) return new Map();
  const targets = await peersByIri(
    ctx.db,
    gone.map(({ to }) => to),
  );
  const asked = await followingOf(
    ctx.db,
    [...targets.values()].map(({ id }) => id),
  );
  return new Map(
    gone.flatMap(({ id, to }): [number, Move][] => {
      const peer = targets.get(to);
      return peer ? [[id, { to: peer, asked: asked.find((row) => row.peer === peer.id) ?? null }]] : [];
    }),
  );
}

/** The old account is left when the new one accepts. If it does not, that is for the owner to decide. */
function Moved({ to: move, now }: { to: Move | undefined; now: number }) {
  if (!move) return null;
  const waits = move.asked?.state === "requested" && now - timeFromId(move.asked.id) > PATIENCE;
  return (
    <>
      <br />
      <span class="small">
        moved to @{handleOf(move.to)}
        {waits && "; it has not accepted for 7 days — leave the old one?"}
      </span>
    </>
  );
}

async function followingPage(c: Context<WebEnv>, refused?: Refused): Promise<Response> {
  const { ctx } = c.var;
  const before = cursorIn(c.req.query("before"));
  const rows = await everyFollowing(ctx.db, before, PAGE + 1);
  const { shown, next } = pageOf(rows, PAGE, ({ following }) => following.id);
  const moved = await movesOf(ctx, shown);
  return page({
    title: "Following",
    status: refused ? 422 : 200,
    owner: { ctx, path: "/following" },
    body: (
      <>
        <h1>Following</h1>
        <form method="post" action="/following" class="card">
          <Problem text={refused?.problem ?? null} />
          <Field
            label="Follow somebody"
            name="handle"
            value={refused?.handle ?? ""}
            autocomplete="off"
            required
            hint="Their handle, like @user@host, or the address of their profile."
          />
          <button>Follow</button>
        </form>
        {shown.length === 0 && <p class="soft">You follow nobody yet.</p>}
        <ul class="list">
          {shown.map(({ following, peer }) => (
            <li class="person">
              <Initial name={peer.name || peer.username} />
              <div class="who">
                <Person peer={peer} />
                {following.state === "requested" && (
                  <>
                    <br />
                    <span class="soft small">asked, not answered yet</span>
                  </>
                )}
                <Moved to={moved.get(peer.id)} now={ctx.clock()} />
              </div>
              <div class="acts">
                <Act to={`/following/${peer.id}/remove`} label="Unfollow" of={handleOf(peer)} />
              </div>
            </li>
          ))}
        </ul>
        <Pages path="/following" before={before} next={next} />
      </>
    ),
  });
}
