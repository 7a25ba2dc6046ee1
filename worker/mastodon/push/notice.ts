/** What a push says (Mastodon's payload, but for the token): who did what, and the first words of what it is about. */
import { plainText } from "../../kernel/sanitise.ts";
import type { toNotification } from "../entities/notification.ts";

export interface Notice {
  /** A number, as Mastodon sends it: Ice Cubes reads nothing else. */
  readonly notification_id: number;
  readonly notification_type: string;
  readonly icon: string;
  readonly title: string;
  readonly body: string;
}

type Shown = ReturnType<typeof toNotification>;

/** Characters: all of it has to fit into 4 KB, whatever the script. */
const NAME_MAX = 60;
const BODY_MAX = 140;
const ICON_MAX = 500;

/** `count`: how many there were, of which this is the newest. */
export function toNotice(shown: Shown, count: number): Notice {
  const { id, type, account } = shown;
  const name = cut(account.display_name || account.acct, NAME_MAX);
  return {
    notification_id: Number(id),
    notification_type: type,
    icon: account.avatar.length > ICON_MAX ? "" : account.avatar,
    title: count > 1 ? manyDid(type, count) : oneDid(type, name),
    body: count > 1 ? `${name} was the last` : cut(wordsOf(shown), BODY_MAX),
  };
}

function oneDid(type: Shown["type"], name: string): string {
  switch (type) {
    case "mention":
      return `${name} wrote to you`;
    case "status":
      return `${name} posted`;
    case "favourite":
      return `${name} liked your post`;
    case "reblog":
      return `${name} boosted your post`;
    case "follow":
      return `${name} follows you`;
    case "follow_request":
      return `${name} asks to follow you`;
    case "poll":
      return `A poll of ${name} is over`;
    case "admin.report":
      return "Somebody complained about you";
  }
}

function manyDid(type: Shown["type"], count: number): string {
  switch (type) {
    case "favourite":
      return `${count} people liked your post`;
    case "reblog":
      return `${count} people boosted your post`;
    case "follow":
      return `${count} people followed you`;
    case "follow_request":
      return `${count} people ask to follow you`;
    case "admin.report":
      return `${count} complaints about you`;
    case "mention":
    case "status":
    case "poll":
      return `${count} new notifications`;
  }
}

/** A content warning stands for what it hides. */
function wordsOf({ status, account }: Shown): string {
  if (!status) return plainText(account.note, BODY_MAX);
  return status.spoiler_text || plainText(status.content, BODY_MAX);
}

/** Not through the middle of a character. */
const cut = (text: string, max: number): string => {
  const letters = Array.from(text);
  return letters.length > max ? `${letters.slice(0, max - 1).join("")}…` : text;
};
