/** People, and what the owner wants of them. */
import { directory, lookup, searchAccounts, showAccounts } from "../people/find.ts";
import {
  blockDomain,
  domainBlocks,
  instanceActivity,
  instanceDomainBlocks,
  instancePeers,
  unblockDomain,
} from "../people/hosts.ts";
import {
  blocks,
  endorsements,
  familiarFollowers,
  followers,
  following,
  mutes,
  requests,
} from "../people/lists.ts";
import { showRelationships } from "../people/relationships.ts";
import { report } from "../people/reports.ts";
import { muteStatus, unmuteStatus } from "../people/threads.ts";
import * as verbs from "../people/verbs.ts";
import type { Route } from "../router.ts";

const account = "/api/v1/accounts/:id{[0-9]+}";
const status = "/api/v1/statuses/:id{[0-9]+}";
const request = "/api/v1/follow_requests/:id{[0-9]+}";

export const peopleRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/accounts", scope: { anybody: ["read:accounts"] }, handle: showAccounts },
  {
    method: "GET",
    path: "/api/v1/accounts/relationships",
    scope: ["read:follows"],
    handle: showRelationships,
  },
  { method: "GET", path: "/api/v1/accounts/lookup", scope: { anybody: ["read:accounts"] }, handle: lookup },
  { method: "GET", path: "/api/v1/accounts/search", scope: ["read:accounts"], handle: searchAccounts },
  {
    method: "GET",
    path: "/api/v1/accounts/familiar_followers",
    scope: ["read:follows"],
    handle: familiarFollowers,
  },
  { method: "GET", path: `${account}/followers`, scope: ["read:accounts"], handle: followers },
  { method: "GET", path: `${account}/following`, scope: ["read:accounts"], handle: following },
  { method: "GET", path: `${account}/endorsements`, scope: ["read:accounts"], handle: endorsements },
  { method: "POST", path: `${account}/follow`, scope: ["write:follows"], handle: verbs.follow },
  { method: "POST", path: `${account}/unfollow`, scope: ["write:follows"], handle: verbs.unfollow },
  { method: "POST", path: `${account}/block`, scope: ["write:blocks"], handle: verbs.block },
  { method: "POST", path: `${account}/unblock`, scope: ["write:blocks"], handle: verbs.unblock },
  { method: "POST", path: `${account}/mute`, scope: ["write:mutes"], handle: verbs.mute },
  { method: "POST", path: `${account}/unmute`, scope: ["write:mutes"], handle: verbs.unmute },
  { method: "POST", path: `${account}/note`, scope: ["write:accounts"], handle: verbs.note },
  {
    method: "POST",
    path: `${account}/remove_from_followers`,
    scope: ["write:follows"],
    handle: verbs.removeFromFollowers,
  },
  { method: "GET", path: "/api/v1/blocks", scope: ["read:blocks"], handle: blocks },
  { method: "GET", path: "/api/v1/mutes", scope: ["read:mutes"], handle: mutes },
  { method: "GET", path: "/api/v1/follow_requests", scope: ["read:follows"], handle: requests },
  { method: "POST", path: `${request}/authorize`, scope: ["write:follows"], handle: verbs.authorize },
  { method: "POST", path: `${request}/reject`, scope: ["write:follows"], handle: verbs.reject },
  { method: "GET", path: "/api/v1/domain_blocks", scope: ["read:blocks"], handle: domainBlocks },
  { method: "POST", path: "/api/v1/domain_blocks", scope: ["write:blocks"], handle: blockDomain },
  { method: "DELETE", path: "/api/v1/domain_blocks", scope: ["write:blocks"], handle: unblockDomain },
  { method: "POST", path: "/api/v1/reports", scope: ["write:reports"], handle: report },
  { method: "POST", path: `${status}/mute`, scope: ["write:mutes"], handle: muteStatus },
  { method: "POST", path: `${status}/unmute`, scope: ["write:mutes"], handle: unmuteStatus },
  { method: "GET", path: "/api/v1/directory", scope: "public", handle: directory },
  {
    method: "GET",
    path: "/api/v1/instance/peers",
    scope: { anybody: ["read:accounts"] },
    handle: instancePeers,
  },
  {
    method: "GET",
    path: "/api/v1/instance/domain_blocks",
    scope: { anybody: ["read:blocks"] },
    handle: instanceDomainBlocks,
  },
  { method: "GET", path: "/api/v1/instance/activity", scope: "public", handle: instanceActivity },
];
