import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { noticeId } from "../../worker/model/notification.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { App, asJson, type Json, type Reply } from "./client.ts";
import { minute } from "./cron.ts";
import { follows, says } from "./following.ts";
import { Ear, moment } from "./listener.ts";
import { Reads } from "./reads.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  await follows(stead, alice);
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});
afterEach(() => vi.useRealTimers());
afterAll(() => stead.settle());

const V1 = "/api/v1/notifications";
const V2 = "/api/v2/notifications";
const list = (reply: Reply) => reply.body as unknown as Json[];
const polls = async (query = "") => list(await app.ask(`${V1}?types[]=poll${query}`));
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** The owner asks for an hour. */
async function asks(): Promise<Json> {
  const poll = { options: ["Tea", "Coffee"], expires_in: 3_600 };
  const { body } = await app.ask("/api/v1/statuses", asJson({ status: "Tea or coffee?", poll }));
  await stead.settle();
  return body;
}

/** Alice asks, for as long. */
function question(fields: Doc = {}): Promise<number> {
  const oneOf = ["Tea", "Coffee"].map((name) => ({
    type: "Note",
    name,
    replies: { type: "Collection", totalItems: 3 },
  }));
  const endTime = new Date(Date.now() + HOUR).toISOString();
  return says(stead, alice, { type: "Question", content: "<p>What?</p>", endTime, oneOf, ...fields });
}

describe("notif.poll: the end of a poll", () => {
  it("of the owner's is told them under their own name, in both versions, and on the page", async () => {
    const post = await asks();
    const id = String(post["id"]);
    const endsAt = Date.parse(String((post["poll"] as Json)["expires_at"])) as UnixMs;
    later(HOUR - MINUTE);
    await minute(stead);
    expect(await polls()).toEqual([]);
    later(2 * MINUTE);
    await minute(stead);
    const [one, ...more] = await polls();
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      id: String(noticeId({ kind: "poll", post: Number(id), at: endsAt })),
      created_at: (post["poll"] as Json)["expires_at"],
      account: { acct: "me", id: (post["account"] as Json)["id"] },
      status: { id, poll: { expired: true } },
    });
    const { body } = await app.ask(`${V1}/${String(one!["id"])}`);
    expect(body).toEqual(one);
    const grouped = (await app.ask(`${V2}?types[]=poll`)).body;
    const [group] = grouped["notification_groups"] as Json[];
    expect(group).toMatchObject({ type: "poll", status_id: id, notifications_count: 1 });
    expect(group!["sample_account_ids"]).toEqual([(post["account"] as Json)["id"]]);
    expect(grouped["accounts"]).toMatchObject([{ acct: "me" }]);
    const people = list(await app.ask(`${V2}/${String(group!["group_key"])}/accounts`));
    expect(people).toMatchObject([{ acct: "me" }]);
    const own = String((post["account"] as Json)["id"]);
    expect(list(await app.ask(`${V1}?account_id=${own}`))).toEqual([one]);
    expect(list(await app.ask(`${V1}?exclude_types[]=poll`))).not.toContainEqual(one);
    const owner = await Browser.signedIn(stead);
    expect((await owner.get("/notifications")).html).toContain("Your poll is over");
    await app.ask(`/api/v1/statuses/${id}`, { method: "DELETE" });
    await stead.settle();
    expect(await polls()).toEqual([]);
  });

  it("of another's is told who voted in it, whether its server says anything or not", async () => {
    const [voted, unanswered, endless] = [
      await question(),
      await question(),
      await question({ endTime: null }),
    ];
    for (const id of [voted, endless]) {
      expect((await app.ask(`/api/v1/polls/${id}/votes`, asJson({ choices: ["0"] }))).status).toBe(200);
      await stead.settle();
    }
    expect(unanswered).not.toBe(voted);
    expect(await polls()).toEqual([]);
    later(HOUR + MINUTE);
    const shown = await polls();
    expect(shown).toMatchObject([{ account: { acct: "alice@a.test" }, status: { id: String(voted) } }]);
    expect(list(await app.ask(`${V1}?account_id=${String((shown[0]!["account"] as Json)["id"])}`))).toEqual(
      shown,
    );
    await app.ask(`${V1}/${String(shown[0]!["id"])}/dismiss`, { method: "POST" });
    expect(await polls()).toEqual([]);
  });

  it("is told live, with the post as it is then, and the counts as they change before", async () => {
    vi.useRealTimers();
    const post = await asks();
    const iri = String(post["uri"]);
    const ear = await Ear.at(stead, `/api/v1/streaming?access_token=${app.token}&stream=user`);
    const object = {
      id: alice.newId("votes"),
      type: "Note",
      name: "Tea",
      attributedTo: alice.id,
      inReplyTo: iri,
      to: [ACTOR],
    };
    await stead.deliver(alice, alice.activity("Create", { object, to: [ACTOR] }));
    await stead.settle();
    await minute(stead);
    await ear.until(() => ear.of("status.update").length > 0);
    expect(ear.of("status.update")[0]).toMatchObject({
      id: post["id"],
      poll: { votes_count: 1, expired: false },
    });
    const ended = Date.now() - MINUTE;
    await env.DB.batch([
      env.DB.prepare("UPDATE posts SET poll = json_set(poll, '$.endsAt', ?1) WHERE id = ?2").bind(
        ended,
        Number(post["id"]),
      ),
      env.DB.prepare("UPDATE open_polls SET ends_at = ?1, due_at = ?1 WHERE post = ?2").bind(
        ended,
        Number(post["id"]),
      ),
    ]);
    await minute(stead);
    await ear.until(() => ear.of("notification").length > 0);
    await moment();
    expect(ear.of("notification")).toMatchObject([
      {
        type: "poll",
        account: { acct: "me" },
        status: { id: post["id"], poll: { expired: true, votes_count: 1 } },
      },
    ]);
    expect(ear.of("status.update").at(-1)).toMatchObject({ poll: { expired: true } });
    ear.socket.close(1000);
    await moment(20);
    await app.ask(`/api/v1/statuses/${String(post["id"])}`, { method: "DELETE" });
    await stead.settle();
  });

  it("costs as much as a page, of however many", async () => {
    const start = Date.now() - 30 * DAY;
    const author = (await findPeer((await stead.ctx()).db, alice.id))!.id;
    await env.DB.prepare(
      `WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 2999)
        INSERT INTO posts (id, iri, author, html, visibility, received_at, own_votes, poll)
        SELECT (${start} + n * 60000) * 1000, '${ORIGIN}/asked/' || n, ${author}, '<p>x</p>', 'public', 0, '[0]',
          json_object('multiple', json('false'), 'options', json(?), 'endsAt', ${start} + n * 60000 + 3600000, 'voters', NULL,
            'hideTotals', json('false')) FROM s`,
    )
      .bind(JSON.stringify(["Tea", "Coffee"].map((title) => ({ title, votes: 1 }))))
      .run();
    await polls();
    for (const page of ["", `&max_id=${(start + 20 * DAY) * 1_000}`, `&min_id=${start * 1_000}`]) {
      const reads = new Reads();
      const shown = await polls(`&limit=40${page}`);
      reads.done();
      expect([page, shown.length, reads.rows, reads.rows <= 580]).toEqual([page, 40, reads.rows, true]);
    }
    await env.DB.prepare("DELETE FROM posts WHERE iri LIKE '%/asked/%'").run();
  });
});
