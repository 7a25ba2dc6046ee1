/** What was said between a few. */
import {
  directTimeline,
  listConversations,
  mark,
  removeConversation,
} from "../conversations/conversations.ts";
import type { Route } from "../router.ts";

const ONE = "/api/v1/conversations/:id{[0-9]+}";

export const conversationsRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/conversations", scope: ["read:statuses"], handle: listConversations },
  { method: "DELETE", path: ONE, scope: ["write:conversations"], handle: removeConversation },
  { method: "POST", path: `${ONE}/read`, scope: ["write:conversations"], handle: mark(false) },
  { method: "POST", path: `${ONE}/unread`, scope: ["write:conversations"], handle: mark(true) },
  { method: "GET", path: "/api/v1/timelines/direct", scope: ["read:statuses"], handle: directTimeline },
];
