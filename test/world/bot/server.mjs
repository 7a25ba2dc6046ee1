/**
 * A peer that is not us: @evanp/activitypub-bot, by ActivityPub's editor, with signature and JSON-LD code of its own,
 * on loopback, for the end-to-end tests.
 *
 *   npm ci --prefix test/world/bot
 *       (where sqlite3's binary cannot be downloaded it is built from source, 2 min; where Node's headers cannot
 *       either, set npm_config_nodedir to a folder that has them in include/node, such as /usr)
 *   PORT=9400 CONTROL_PORT=9401 ORIGIN=http://localhost:9400 npx node test/world/bot/server.mjs
 *
 * Settings (environment): PORT and CONTROL_PORT, both on 127.0.0.1; ORIGIN as others see it; BOTS, names by comma
 * ("witness"); DATA_DIR, a folder for SQLite (none: in memory); TLS_CERT and TLS_KEY, PEM files, to serve https;
 * NODE_EXTRA_CA_CERTS for peers with a private CA; LOG_LEVEL ("warn"). Prints a line with "ready" when it listens.
 *
 * The control port speaks JSON. A fault answers 500 {error}; the bot's own deliveries go on in the background.
 *   GET  /BOT                       {id, handle, followers[], following[], pending[]}: ids of actors
 *   GET  /BOT/received?type=Create  activities as its inbox handed them on, oldest first; in memory only
 *   POST /BOT/follow   {actor}      an id, or a handle user@host[:port] looked up over https    -> {id} of the activity
 *   POST /BOT/unfollow {actor}
 *   POST /BOT/note     {content}    to the public and its followers                             -> {id} of the note
 *   POST /BOT/reply    {object, content}                                                        -> {id} of the note
 *   POST /BOT/edit     {object, content}     POST /BOT/delete   {object}     its own notes
 *   POST /BOT/like     {object}              POST /BOT/unlike   {object}
 *   POST /BOT/announce {object}              POST /BOT/activity {type, object, to, ...} anything else, as it is
 */
import dns from "node:dns";
import dnsPromises from "node:dns/promises";
import { mkdirSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { inspect } from "node:util";

import "./activitystreams.mjs";
import { Bot, makeApp } from "@evanp/activitypub-bot";
import { UrlFormatter } from "@evanp/activitypub-bot/lib/urlformatter.js";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const LOOPBACK = { address: "127.0.0.1", family: 4 };
const { PORT, CONTROL_PORT, ORIGIN, DATA_DIR, TLS_CERT, TLS_KEY } = process.env;
const { BOTS = "witness", LOG_LEVEL = "warn" } = process.env;
if (!PORT || !CONTROL_PORT || !ORIGIN) throw new Error("set PORT, CONTROL_PORT and ORIGIN");

// The whole internet is this machine: no name leads anywhere else, and *.localhost needs no entry in /etc/hosts.
dns.lookup = (_name, options, done) =>
  options.all ? done(null, [LOOPBACK]) : done(null, LOOPBACK.address, LOOPBACK.family);
dnsPromises.lookup = async () => LOOPBACK;

// With a port in ORIGIN the bot would answer only to user@host:port and yet call itself user@host.
UrlFormatter.prototype.acct = (username) => `acct:${username}@${new URL(ORIGIN).host}`;

/** Accepts every Follow (the library does) and remembers what reached its inbox. */
class Witness extends Bot {
  received = [];

  get context() {
    return this._context;
  }

  async handleActivity(activity) {
    this.received.push(await activity.export());
    return false; // "not handled here": the library goes on with its own handling
  }
}

const ids = async (items) => (await Array.fromAsync(items)).map(({ id }) => id);
/** The bot keeps its pending Follows, not the actors they are for. */
const pending = async (context) =>
  Promise.all(
    (await ids(context.pendingFollowing())).map(async (id) => (await context.getObject(id)).object.first.id),
  );
/** `actor`: an id, or a handle as the bot's own WebFinger client resolves it. */
const actorOf = async (context, actor) =>
  context.getObject(URL.canParse(actor) ? actor : await context.toActorId(actor));

/** What a test may ask of a bot: (bot, body or query) -> what the answer says. */
const asks = {
  "GET ": async ({ context }) => ({
    id: context.botActorId,
    handle: `${context.botId}@${new URL(ORIGIN).host}`,
    followers: await ids(context.followers()),
    following: await ids(context.following()),
    pending: await pending(context),
  }),
  "GET received": async ({ received }, { type }) =>
    received.filter((activity) => !type || activity.type === type),
  "POST follow": async ({ context }, { actor }) => context.followActor(await actorOf(context, actor)),
  "POST unfollow": async ({ context }, { actor }) => context.unfollowActor(await actorOf(context, actor)),
  "POST note": ({ context }, { content }) =>
    context.sendNote(content, { to: PUBLIC, cc: context.getFollowersId() }),
  "POST reply": async ({ context }, { object, content }) =>
    context.sendReply(content, await context.getObject(object)),
  "POST edit": async ({ context }, { object, content }) =>
    context.updateNote(await context.getObject(object), content),
  "POST delete": async ({ context }, { object }) => context.deleteNote(await context.getObject(object)),
  "POST like": async ({ context }, { object }) => context.likeObject(await context.getObject(object)),
  "POST unlike": async ({ context }, { object }) => context.unlikeObject(await context.getObject(object)),
  "POST announce": async ({ context }, { object }) => context.announceObject(await context.getObject(object)),
  "POST activity": ({ context }, activity) => context.doActivity(activity),
};

async function answer(bots, request) {
  const url = new URL(request.url, "http://control");
  const [name, ask = ""] = url.pathname.slice(1).split("/");
  const run = asks[`${request.method} ${ask}`];
  if (!run || !Object.hasOwn(bots, name))
    return { status: 404, body: { error: `no ${request.method} ${url.pathname}` } };
  try {
    const chunks = await Array.fromAsync(request);
    const said =
      request.method === "GET" ? Object.fromEntries(url.searchParams) : JSON.parse(Buffer.concat(chunks));
    const done = await run(bots[name], said);
    return { status: 200, body: request.method === "GET" ? done : { id: done.id } };
  } catch (fault) {
    return { status: 500, body: { error: inspect(fault) } };
  }
}

if (DATA_DIR) mkdirSync(DATA_DIR, { recursive: true });
const bots = Object.fromEntries(BOTS.split(",").map((name) => [name, new Witness(name, { fullname: name })]));
const app = await makeApp({
  databaseUrl: DATA_DIR ? `sqlite:${join(DATA_DIR, "bot.sqlite")}` : "sqlite::memory:",
  origin: ORIGIN,
  bots,
  logLevel: LOG_LEVEL,
  allowPrivateNetworkRequests: true,
});
const server = TLS_CERT
  ? https.createServer({ cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) }, app)
  : http.createServer(app);
const control = http.createServer(async (request, response) => {
  const { status, body } = await answer(bots, request);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});

for (const [listener, port] of [
  [server, PORT],
  [control, CONTROL_PORT],
])
  await new Promise((resolve, reject) =>
    listener.once("error", reject).listen(Number(port), "127.0.0.1", resolve),
  );
console.log(`ready: ${ORIGIN}, control http://127.0.0.1:${CONTROL_PORT}`);

for (const signal of ["SIGTERM", "SIGINT"])
  process.once(signal, async () => {
    for (const listener of [server, control]) listener.close().closeAllConnections();
    await app.cleanup();
    process.exit(0);
  });
