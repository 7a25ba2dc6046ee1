/** Two owners who use masto.js, the library of Elk and Phanpy, each on a stead of their own, and know each other. */
import assert from "node:assert/strict";
import { createOAuthAPIClient, createRestAPIClient, type mastodon } from "masto";
import { codeFor, OUT_OF_BAND, SCOPES, tokenFor } from "./let-in.ts";
import { type Pair, startPair } from "./pair.ts";
import type { Stead } from "./stead.ts";
import { until } from "./until.ts";

export type Client = mastodon.rest.Client;
export type Status = mastodon.v1.Status;

const clientOf = (stead: Stead, accessToken?: string): Client =>
  createRestAPIClient({ url: stead.origin, ...(accessToken === undefined ? {} : { accessToken }) });

/** The words, without the marks around them. */
export const wordsOf = ({ content }: Status): string => content.replaceAll(/<[^>]*>/g, "");

/** The newest post with these words, as this owner's home shows it. */
export const arrives = (client: Client, words: string): Promise<Status> =>
  until(`a post says "${words}"`, async () =>
    (await client.v1.timelines.home.list({ limit: 40 })).find((one) => wordsOf(one).includes(words)),
  );

export interface MastoPair extends Pair {
  /** The apps of both owners. */
  readonly app: Client;
  readonly theirs: Client;
  /** The token of `app`. */
  readonly token: string;
}

/** Anna's app goes the whole way that an app goes; Ben's takes a short one. */
export async function startMastoPair(): Promise<MastoPair> {
  const pair = await startPair();
  const token = await wholeWay(pair.anna);
  const theirs = clientOf(pair.ben, await tokenFor(pair.ben, "Ben's app"));
  return { ...pair, app: clientOf(pair.anna, token), theirs, token };
}

async function wholeWay(stead: Stead): Promise<string> {
  const scope = SCOPES.join(" ");
  const registered = await clientOf(stead).v1.apps.create({
    clientName: "masto.js",
    redirectUris: OUT_OF_BAND,
    scopes: scope,
  });
  const [clientId, clientSecret] = [registered.clientId ?? "", registered.clientSecret ?? ""];
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: OUT_OF_BAND,
    scope,
  });
  const code = await codeFor(stead, `${stead.origin}/oauth/authorize?${query.toString()}`);
  const granted = await createOAuthAPIClient({ url: stead.origin }).token.create({
    grantType: "authorization_code",
    clientId,
    clientSecret,
    redirectUri: OUT_OF_BAND,
    code,
  });
  return granted.accessToken;
}

export interface Acquainted {
  /** The number that one's account has on the other's stead. */
  readonly benHere: string;
  readonly annaThere: string;
}

/** Each finds the other by handle, and follows. */
export async function getAcquainted({ anna, ben, app, theirs }: MastoPair): Promise<Acquainted> {
  const { accounts } = await app.v2.search.list({ q: `@${ben.handle}`, resolve: true });
  assert.deepEqual(
    accounts.map(({ acct }) => acct),
    [ben.handle],
  );
  const benHere = accounts[0]!.id;
  const asked = await app.v1.accounts.$select(benHere).follow();
  assert.equal(asked.following || asked.requested, true);
  const back = await theirs.v2.search.list({ q: anna.handle, resolve: true });
  const annaThere = back.accounts[0]!.id;
  await theirs.v1.accounts.$select(annaThere).follow();
  await knows(app, benHere);
  await knows(theirs, annaThere);
  return { benHere, annaThere };
}

const knows = (client: Client, id: string) =>
  until("each follows the other", async () => {
    const [relationship] = await client.v1.accounts.relationships.fetch({ id: [id] });
    return relationship?.following && relationship.followedBy;
  });
