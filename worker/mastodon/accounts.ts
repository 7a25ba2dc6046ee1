/** The owner's own account: shown, and changed. */
import { changeProfile, FIELDS_MAX, type ProfileChange } from "../owner/profile.ts";
import { isStale, refreshPeer } from "../owner/refresh-peer.ts";
import { peerById } from "../store/peers.ts";
import type { Owner } from "../store/stead.ts";
import { loadOwner } from "../store/stead.ts";
import { json, refused } from "./answers.ts";
import { toAccount } from "./entities/person.ts";
import { loadOwnAccount, ownAccountId, toCredentialAccount, toOwnAccount } from "./entities/account.ts";
import type { Params } from "./params.ts";
import { idIn } from "./pages.ts";
import type { Call, GrantedCall, OpenCall } from "./router.ts";

/** Of a profile with its pictures, in bytes: room for pictures that are too large, so that the app is told so. */
export const PROFILE_MAX = 10_000_000;

/** 1 D1 call. */
export async function verifyCredentials({ ctx }: Call): Promise<Response> {
  return json(toCredentialAccount(ctx, await loadOwnAccount(ctx)));
}

/** Whom the owner knows is theirs to know: strangers find the owner alone. 1 D1 call. What is old is looked at again after the answer. */
export async function showAccount({ ctx, path, byOwner }: OpenCall): Promise<Response> {
  if (path("id") === ownAccountId(ctx)) return json(toOwnAccount(ctx, await loadOwnAccount(ctx)));
  const peer = byOwner ? await peerById(ctx.db, idIn(path("id"))) : null;
  if (!peer) return refused({ kind: "not-found" });
  if (isStale(peer, ctx.clock())) ctx.ports.background(refreshPeer(ctx, peer));
  return json(toAccount(ctx, peer));
}

/** What was not sent stays. */
export async function updateCredentials(call: GrantedCall): Promise<Response> {
  return change(call, async (owner) => changeIn(call.params, owner));
}

/** DELETE /api/v1/profile/avatar, and header. */
export const removePicture = (kind: "avatar" | "header") => (call: GrantedCall) =>
  change(call, (owner) => ({ ...unchanged(owner), [kind]: "remove" }));

async function change(
  call: GrantedCall,
  changed: (owner: Owner) => ProfileChange | Promise<ProfileChange>,
): Promise<Response> {
  const problem = await changeProfile(call.ctx, await changed(await loadOwner(call.ctx)));
  return problem === null ? verifyCredentials(call) : refused({ kind: "invalid", problem });
}

const unchanged = ({ name, bio, fields, locked }: Owner): ProfileChange => ({
  name,
  bio,
  fields,
  locked,
  avatar: null,
  header: null,
});

async function changeIn(params: Params, owner: Owner): Promise<ProfileChange> {
  const before = unchanged(owner);
  return {
    name: params.text("display_name") ?? before.name,
    bio: params.text("note") ?? before.bio,
    fields: params.has("fields_attributes") ? fieldsIn(params) : before.fields,
    locked: params.flag("locked") ?? before.locked,
    avatar: (await params.file("avatar")?.arrayBuffer()) ?? null,
    header: (await params.file("header")?.arrayBuffer()) ?? null,
  };
}

/** Apps send every line of their form, empty ones too. */
function fieldsIn(params: Params): [string, string][] {
  return params
    .list("fields_attributes")
    .map((field): [string, string] => [(field.text("name") ?? "").trim(), (field.text("value") ?? "").trim()])
    .filter(([name, value]) => name !== "" || value !== "")
    .slice(0, FIELDS_MAX + 1);
}
