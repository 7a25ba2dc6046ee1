/**
 * Reading what peers send, by its plain terms, as Mastodon does: a document whose compact form does not say it is not
 * understood. Nothing is expanded, so no context is ever fetched and no JSON-LD trick (`@graph`, `@reverse`, aliases) can give a
 * document a second meaning. `docs/decisions/plain-terms.md`.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [name: string]: Json | undefined };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** One or many, as a list. */
export function list(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

export function asText(value: Json | undefined): string | null {
  return typeof value === "string" ? value : null;
}

/** The id of a reference: a string, an object with `id`, or a list of exactly one of them. */
export function idOf(value: Json | undefined): Iri | null {
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return parseIri(isObject(one) ? one["id"] : one);
}

/** All the ids in one or many references; what is no IRI is left out. */
export function idsOf(value: Json | undefined): Iri[] {
  return list(value).flatMap((item) => idOf(item) ?? []);
}

/** The object itself when it is embedded, else null. A list of one counts. */
export function embedded(value: Json | undefined): JsonObject | null {
  const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return isObject(one) ? one : null;
}

/** Types of an object; one or many. */
export function typesOf(object: JsonObject): string[] {
  return list(object["type"]).filter((type): type is string => typeof type === "string");
}

/** Audience fields may hold the short forms of the Public collection, which are no IRIs. */
export function audienceOf(value: Json | undefined): string[] {
  return list(value).flatMap((item) => asText(item) ?? idOf(item) ?? []);
}

/** An xsd:dateTime; null when absent or nonsense. A time after `now` counts as `now`. */
export function timeOf(value: Json | undefined, now: UnixMs): UnixMs | null {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (!Number.isFinite(at) || at < 0) return null;
  return Math.min(at, now) as UnixMs;
}

/** First usable link of `url`: a string, a Link, or a list of either. http(s) only. */
export function urlOf(value: Json | undefined): string | null {
  for (const item of list(value)) {
    const href = parseIri(isObject(item) ? (item["href"] ?? item["url"] ?? item["id"]) : item);
    if (href) return href;
  }
  return null;
}
