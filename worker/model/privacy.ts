/** What happens here with what belongs to others: what the code does, so it changes with the code. */
export const PRIVACY = {
  at: "2026-11-22T00:00:00.000Z",
  sentences: [
    "One person lives on this server, and nobody else can register.",
    "Of people on other servers it keeps what their servers send it, or show to everybody: public profiles, and posts and reactions meant for its owner or read by them.",
    "Posts that its owner does not hold on to are deleted after 90 days. A server that reports an account or a post as deleted is obeyed.",
    "No page here runs a script, sets a cookie for visitors, or loads anything from elsewhere.",
  ],
} as const;
