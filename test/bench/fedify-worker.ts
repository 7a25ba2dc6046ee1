/**
 * What is compared with: an actor and an inbox as Fedify's manual makes them, with everything in the isolate's memory: no database,
 * no queue, and the documents of peers at hand.
 */
import { createFederation, MemoryKvStore } from "@fedify/fedify";
import { Create, Endpoints, Follow, Person } from "@fedify/vocab";
import { getDocumentLoader } from "@fedify/vocab-runtime";

import { actorDocument, actorIri, numberOf } from "./actors.ts";

/** Makes the pair once; RSA-2048 like ours (Fedify's own generator makes RSA-4096). */
function once(algorithm: SubtleCryptoGenerateKeyAlgorithm): () => Promise<CryptoKeyPair> {
  let made: Promise<CryptoKeyPair> | null = null;
  const make = () => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
  return () => (made ??= make());
}

const rsa = once({
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2_048,
  publicExponent: Uint8Array.of(1, 0, 1),
});
const ed25519 = once({ name: "Ed25519" });

let pems: string[] = [];

const loader = (url: string) => {
  const n = numberOf(url.replace(/#.*/, ""));
  if (Number.isNaN(n)) return Promise.reject(new Error(`nothing is at ${url}`));
  return Promise.resolve({ contextUrl: null, documentUrl: actorIri(n), document: actorDocument(n, pems) });
};

const contexts = getDocumentLoader();

const federation = createFederation<null>({
  kv: new MemoryKvStore(),
  // The known contexts are built in.
  contextLoaderFactory: () => contexts,
  documentLoaderFactory: () => loader,
  authenticatedDocumentLoaderFactory: () => loader,
});

federation
  .setActorDispatcher("/users/{identifier}", async (ctx, identifier) => {
    if (identifier !== "me") return null;
    const keys = await ctx.getActorKeyPairs(identifier);
    return new Person({
      id: ctx.getActorUri(identifier),
      preferredUsername: identifier,
      name: "Me",
      summary: "",
      url: new URL("/@me", ctx.url),
      inbox: ctx.getInboxUri(identifier),
      endpoints: new Endpoints({ sharedInbox: ctx.getInboxUri() }),
      followers: new URL(`${ctx.getActorUri(identifier).href}/followers`),
      publicKey: keys[0]!.cryptographicKey,
      assertionMethods: keys.map((key) => key.multikey),
    });
  })
  .setKeyPairsDispatcher(async (_, identifier) =>
    identifier === "me" ? [await rsa(), await ed25519()] : [],
  );

const followers = new Map<string, string>();
let replies = 0;

federation
  .setInboxListeners("/users/{identifier}/inbox", "/inbox")
  .on(Follow, (_, follow) => {
    if (follow.actorId) followers.set(follow.actorId.href, follow.id?.href ?? "");
  })
  .on(Create, async (_, create) => {
    const note = await create.getObject();
    if (note?.replyTargetId) replies++;
  });

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/__bench/keys":
        pems = await request.json();
        return new Response();
      case "/__bench/empty":
        await request.arrayBuffer();
        return new Response(null, { status: 202 });
      case "/__bench/state":
        return Response.json({ followers: followers.size, replies });
      default:
        return federation.fetch(request, { contextData: null });
    }
  },
} satisfies ExportedHandler;
