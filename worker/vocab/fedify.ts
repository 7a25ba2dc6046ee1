/**
 * Fedify's vocabulary, loaded when something is written: reading it takes about 200 ms of start-up, which a cold isolate that only
 * serves a GET or takes a Follow should not pay.
 */
import { Temporal } from "@js-temporal/polyfill";

import type { UnixMs } from "../kernel/brand.ts";
import { settle } from "./settle.ts";
import type { JsonObject } from "./read.ts";

export const vocabulary = () => import("@fedify/vocab");

interface Serialisable {
  toJsonLd(options: { contextLoader: (url: string) => Promise<never> }): Promise<unknown>;
}

/** Writes an object as JSON-LD in the shape all peers read. No context is ever fetched. */
export async function serialise(object: Serialisable): Promise<JsonObject> {
  const contextLoader = (url: string) => Promise.reject(new Error(`a context would have to be fetched: ${url}`));
  return settle((await object.toJsonLd({ contextLoader })) as JsonObject);
}

export const instant = (at: UnixMs) => Temporal.Instant.fromEpochMilliseconds(at);
