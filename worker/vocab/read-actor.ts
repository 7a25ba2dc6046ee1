/** An actor document, read by its plain terms. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { documentOf, parseIri, sameOrigin } from "../kernel/iri.ts";
import { plainText, sanitise } from "../kernel/sanitise.ts";
import type { PeerAbout, PeerDocument, PeerKey } from "../model/peer.ts";
import {
  asText,
  embedded,
  idOf,
  idsOf,
  isObject,
  list,
  timeOf,
  typesOf,
  urlOf,
  type JsonObject,
} from "./read.ts";

const ACTORS = new Set(["Person", "Service", "Application", "Organization", "Group"]);
const KEYS_MAX = 10;
const NAME_MAX = 500;
/** Characters of HTML, before it is sanitised. */
const SUMMARY_MAX = 20_000;
const FIELDS_MAX = 8;
/** Looked through for fields. */
const ATTACHMENTS_MAX = 50;
/** Characters of HTML, before it is sanitised. */
const FIELD_MAX = 2_000;
/** The last that a Date can hold. */
const LAST_TIME = 8.64e15 as UnixMs;
/** A key in PEM; RSA-8192 has 1,500 characters. */
const KEY_MAX = 4_096;

/** Null when it is no actor that could be talked to: no id, no inbox on its own origin, no actor type. */
export function readActor(json: JsonObject): PeerDocument | null {
  const iri = parseIri(json["id"]);
  const inbox = parseIri(json["inbox"]);
  if (!iri || !inbox || !typesOf(json).some((type) => ACTORS.has(type))) return null;
  if (!sameOrigin(iri, inbox)) return null;
  const shared = parseIri(embedded(json["endpoints"])?.["sharedInbox"]);
  return {
    iri,
    inbox,
    sharedInbox: shared && sameOrigin(iri, shared) ? shared : null,
    keys: readKeys(json, iri),
    username: (asText(json["preferredUsername"]) ?? "").slice(0, NAME_MAX),
    name: plainText(asText(json["name"]) ?? "", NAME_MAX),
    summary: sanitise((asText(json["summary"]) ?? "").slice(0, SUMMARY_MAX)),
    url: urlOf(json["url"]),
    icon: urlOf(json["icon"]),
    outbox: idOf(json["outbox"]),
    movedTo: idOf(json["movedTo"]),
    alsoKnownAs: idsOf(json["alsoKnownAs"]),
    locked: json["manuallyApprovesFollowers"] === true,
    about: readAbout(json, iri),
  };
}

/** Mastodon counts Service and Application as bots. What is said of the account's age or its fields is believed: nothing hangs on it. */
function readAbout(json: JsonObject, iri: Iri): PeerAbout {
  const types = typesOf(json);
  const bot = types.includes("Service") || types.includes("Application");
  const own = (value: JsonObject[string]) => {
    const id = idOf(value);
    return id && sameOrigin(id, iri) ? id : null;
  };
  return {
    kind: types.includes("Group") ? "group" : bot ? "bot" : "person",
    locked: json["manuallyApprovesFollowers"] === true,
    header: urlOf(json["image"]),
    fields: readFields(json),
    discoverable: typeof json["discoverable"] === "boolean" ? json["discoverable"] : null,
    published: timeOf(json["published"], LAST_TIME),
    collections: {
      followers: own(json["followers"]),
      following: own(json["following"]),
      posts: own(json["outbox"]),
    },
  };
}

/** schema.org's PropertyValue, as Mastodon, Misskey, Pleroma and GoToSocial write it. */
function readFields(json: JsonObject): PeerAbout["fields"] {
  const fields = list(json["attachment"])
    .slice(0, ATTACHMENTS_MAX)
    .flatMap((item) => {
      if (!isObject(item) || !typesOf(item).includes("PropertyValue")) return [];
      const name = plainText(asText(item["name"]) ?? "", NAME_MAX);
      const value = sanitise((asText(item["value"]) ?? "").slice(0, FIELD_MAX));
      return name === "" && value === "" ? [] : [{ name, value }];
    });
  return fields.slice(0, FIELDS_MAX);
}

/**
 * Keys listed inside the actor document. A key must say that the actor owns it (or say nothing), and lie on the actor's
 * origin: a key that names another owner would let one actor sign for another.
 */
function readKeys(json: JsonObject, actor: Iri): PeerKey[] {
  const pem = list(json["publicKey"]).flatMap((key): PeerKey[] => {
    if (!isObject(key) || !owned(key["owner"] ?? key["controller"], actor)) return [];
    const id = keyId(key, actor);
    const value = asText(key["publicKeyPem"]);
    return id && value && value.length <= KEY_MAX ? [{ id, kind: "pem", value }] : [];
  });
  const multikeys = list(json["assertionMethod"]).flatMap((key): PeerKey[] => {
    if (!isObject(key) || !owned(key["controller"], actor)) return [];
    const id = keyId(key, actor);
    const value = asText(key["publicKeyMultibase"]);
    return id && value && value.length <= KEY_MAX ? [{ id, kind: "multikey", value }] : [];
  });
  return [...pem, ...multikeys].slice(0, KEYS_MAX);
}

const owned = (owner: JsonObject[string], actor: Iri) => owner === undefined || idOf(owner) === actor;

function keyId(key: JsonObject, actor: Iri): Iri | null {
  const id = parseIri(key["id"]);
  return id && sameOrigin(documentOf(id), actor) ? id : null;
}
