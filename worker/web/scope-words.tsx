/** What an app may do, in words for its owner. */
import { IDENTITY, type Scope } from "../model/scopes.ts";

const WORDS: Readonly<Record<Scope, string>> = {
  read: "read all that is yours here: what you see, your messages, whom you follow and block, your settings",
  "read:accounts": "see your profile and look at other accounts",
  "read:blocks": "see whom you block",
  "read:bookmarks": "see what you bookmarked",
  "read:favourites": "see what you liked",
  "read:filters": "see your filters",
  "read:follows": "see whom you follow and who wants to follow you",
  "read:lists": "see your lists",
  "read:mutes": "see whom you muted",
  "read:notifications": "see your notifications",
  "read:search": "search for you",
  "read:statuses": "read every post that you can read, private ones too",
  write: "post, delete and change all that is yours here, in your name",
  "write:accounts": "change your profile",
  "write:blocks": "block and unblock",
  "write:bookmarks": "bookmark",
  "write:conversations": "clear conversations away",
  "write:favourites": "like",
  "write:filters": "change your filters",
  "write:follows": "follow and unfollow",
  "write:lists": "change your lists",
  "write:media": "upload pictures",
  "write:mutes": "mute and unmute",
  "write:notifications": "clear notifications away",
  "write:reports": "report accounts to their servers",
  "write:statuses": "post and delete in your name",
  follow: "see and change whom you follow, block and mute",
  push: "be told of your notifications as they come",
  profile: "see who you are",
  [IDENTITY]: "change where your account is in the fediverse: move it, with all who follow you",
};

/** A scope that is part of another one of these needs no line of its own. */
export function ScopeList({ scopes }: { scopes: readonly Scope[] }) {
  const shown = scopes.filter((scope) => {
    const [parent] = scope.split(":");
    return parent === scope || !scopes.some((other) => other === parent);
  });
  return (
    <ul>
      {shown.map((scope) => (
        <li>{WORDS[scope]}</li>
      ))}
    </ul>
  );
}
