/** What the stead could say to a server, said by hand with its key: for what the rules of servers make of it. */
import type { Doc } from "./peer.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { signed } from "../../worker/peers/sign.ts";
import { AS } from "./shapes/software.ts";
import { ACTOR, type Stead } from "./stead.ts";

/** POSTs an activity to an inbox, as the outbox would. The status; 0: nobody answered. */
export async function says(
  stead: Stead,
  inbox: string,
  activity: Doc,
  headers: Record<string, string> = {},
): Promise<number> {
  const body = JSON.stringify(activity);
  const signature = await signed(await stead.ctx(), {
    method: "POST",
    url: inbox,
    digest: await sha256(body),
  });
  const sent = { "content-type": "application/activity+json", ...headers, ...signature };
  try {
    return (await fetch(new Request(inbox, { method: "POST", body, headers: sent }))).status;
  } catch {
    return 0;
  }
}

let number = 0;

/** An Accept for somebody whose Follow may never have come: by the pair, under an id that the Follow never had. */
export function rescueAccept(follower: string, fields: Doc = {}): Doc {
  const id = `${ACTOR}#rescues/${++number}`;
  const object = { id: `${id}/follow`, type: "Follow", actor: follower, object: ACTOR };
  return { "@context": AS, id, type: "Accept", actor: ACTOR, to: [follower], object, ...fields };
}
