/**
 * Fedify's vocabulary, loaded when something is written: reading it takes about 200 ms of start-up, which a cold isolate that only
 * serves a GET or takes a Follow should not pay.
 */
import type { UnixMs } from "../kernel/brand.ts";
import type { JsonObject } from "./read.ts";
import { settle } from "./settle.ts";

let words: typeof import("@fedify/vocab") | undefined;
let contexts: typeof import("@fedify/vocab-runtime") | undefined;

export async function vocabulary() {
  words ??= await import("@fedify/vocab");
  return words;
}

type ContextLoader = (url: string) => Promise<{ contextUrl: null; document: unknown; documentUrl: string }>;

interface Serialisable {
  toJsonLd(options: { contextLoader: ContextLoader }): Promise<unknown>;
}

/** Writes an object as JSON-LD in the shape all peers read. No context is ever fetched: the known ones come with Fedify. */
export async function serialise(object: Serialisable): Promise<JsonObject> {
  contexts ??= await import("@fedify/vocab-runtime");
  const { preloadedContexts } = contexts;
  const contextLoader: ContextLoader = async (url) => {
    const document = preloadedContexts[url];
    if (document === undefined) throw new Error(`a context would have to be fetched: ${url}`);
    return { contextUrl: null, document, documentUrl: url };
  };
  return settle((await object.toJsonLd({ contextLoader })) as JsonObject);
}

/** xsd:dateTime, whole milliseconds, UTC. */
export const dateTime = (at: UnixMs) => new Date(at).toISOString();
