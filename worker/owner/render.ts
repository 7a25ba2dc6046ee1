/** Renders what is served to everyone, when it changes. */
import type { SafeHtml, UnixMs } from "../kernel/brand.ts";
import type { Ctx, Db } from "../kernel/ctx.ts";
import { compose } from "../model/compose.ts";
import { places } from "../model/places.ts";
import type { Statement } from "../store/batch.ts";
import { saveDocument, type StoredDocument } from "../store/documents.ts";
import { imageVersions } from "../store/images.ts";
import { publicKeys } from "../store/keys.ts";
import { loadOwner, type Owner } from "../store/stead.ts";
import { latestWindow, wasOpen } from "../store/windows.ts";
import { actorDocument, type Profile } from "../vocab/actor.ts";
import type { JsonObject } from "../vocab/read.ts";

type Pictures = { kind: string; type: string; version: string }[];

/**
 * The owner's profile as the actor document needs it. Bio and fields become HTML here. `openToAll`: while followers of an old account
 * arrive, nobody has to be approved, and servers that ask first shall see that.
 */
export function profileOf(
  owner: Owner,
  pictures: Pictures,
  keys: Profile["publicKeys"],
  openToAll: boolean,
): Profile {
  const { origin } = owner;
  const html = (text: string) =>
    compose(text, { mentions: new Map(), tagUrl: (tag) => places.tag(origin, tag) });
  const picture = (kind: string) => {
    const found = pictures.find((row) => row.kind === kind);
    return found ? { url: places.image(origin, kind, found.version), type: found.type } : null;
  };
  return {
    origin,
    actor: owner.actorIri,
    handle: owner.handle,
    handleDomain: owner.handleDomain,
    name: owner.name,
    bio: html(owner.bio),
    fields: owner.fields.map(([name, value]) => ({
      name,
      value: vouched(html(value)),
      verifiedAt: owner.verified[value.trim()] ?? null,
    })),
    avatar: picture("avatar"),
    header: picture("header"),
    locked: owner.locked && !openToAll,
    aliases: owner.aliases,
    movedTo: owner.movedTo,
    claimedAt: owner.claimedAt,
    publicKeys: keys,
    mediaDirect: owner.mediaDirect,
  };
}

/**
 * Links in a field say `rel="me"`: with the same on the other page, Mastodon and others show the field as verified. The sanitiser
 * takes the word from everybody; here the owner speaks of themselves.
 */
function vouched(html: SafeHtml): SafeHtml {
  return html.replaceAll(/(<a [^>]*\brel=")/g, "$1me ") as SafeHtml;
}

/** The profile as it was rendered last, from the row of the document `profile`. */
export function renderedProfile(row: StoredDocument | undefined): Profile {
  if (!row) throw new Error("the profile was never rendered");
  return JSON.parse(row.body) as Profile;
}

/** The statements that write the actor, WebFinger and profile documents anew. 1 serialisation, 3 rows. */
export async function renderProfile(
  db: Db,
  profile: Profile,
  at: UnixMs,
): Promise<{ actor: JsonObject; statements: Statement[] }> {
  const actor = await actorDocument(profile);
  const documents = [
    await saveDocument(db, "actor", JSON.stringify(actor), at),
    await saveDocument(db, "webfinger", JSON.stringify(webfinger(profile)), at),
    await saveDocument(db, "profile", JSON.stringify(profile), at),
  ];
  return { actor, statements: documents.map(({ statement }) => statement) };
}

/** The profile as it stands in the database, but for what is about to change. 4 D1 reads. */
export async function currentProfile(
  ctx: Ctx,
  change: Partial<Owner> = {},
  openToAll?: boolean,
): Promise<Profile> {
  const owner = { ...(await loadOwner(ctx)), ...change };
  const open = openToAll ?? (await isOpenToAll(ctx));
  return profileOf(owner, await imageVersions(ctx.db), await publicKeys(ctx.db), open);
}

/** Whether the door stands open for everybody now. 1 D1 read. */
export async function isOpenToAll(ctx: Ctx): Promise<boolean> {
  const [window] = await latestWindow(ctx.db);
  return wasOpen(window, ctx.clock()) && window.takes === "everybody";
}

/**
 * RFC 7033; the subject is the canonical handle whatever was asked for. The templates let the owner follow and answer from where they
 * are: OStatus's `subscribe`, which every server reads, and the same for FEP-3b86, which calls the gap `object`.
 */
function webfinger(profile: Pick<Profile, "origin" | "actor" | "handle" | "handleDomain">): JsonObject {
  const { origin, actor, handle, handleDomain } = profile;
  const page = places.profile(origin, handle);
  const interact = `${origin}/authorize_interaction?uri=`;
  return {
    subject: `acct:${handle}@${handleDomain}`,
    aliases: [actor, page],
    links: [
      { rel: "http://webfinger.net/rel/profile-page", type: "text/html", href: page },
      { rel: "self", type: "application/activity+json", href: actor },
      { rel: "http://ostatus.org/schema/1.0/subscribe", template: `${interact}{uri}` },
      { rel: "https://w3id.org/fep/3b86/Follow", template: `${interact}{object}` },
      { rel: "https://w3id.org/fep/3b86/Object", template: `${interact}{object}` },
    ],
  };
}
