/** How far the owner has read, so that their apps agree (docs.joinmastodon.org/methods/markers). */
import { runBatch } from "../store/batch.ts";
import { markersQuery, saveMarker, type Marker } from "../store/markers.ts";
import { json, refused, timestamp } from "./answers.ts";
import type { Params } from "./params.ts";
import type { GrantedCall } from "./router.ts";

const TIMELINES = ["home", "notifications"] as const;

/** Those asked for that were ever set. 1 D1 read. */
export async function showMarkers({ ctx, params }: GrantedCall): Promise<Response> {
  const asked = new Set(params.texts("timeline"));
  const timelines = TIMELINES.filter((timeline) => asked.has(timeline));
  return json(timelines.length === 0 ? {} : toMarkers(await markersQuery(ctx.db, timelines)));
}

/** An app may set one back as well: the owner marked something as unread. 1 D1 call to write and 1 to read. */
export async function saveMarkers({ ctx, params }: GrantedCall): Promise<Response> {
  const given = TIMELINES.flatMap((timeline) => {
    const id = lastReadIn(params, timeline);
    return id === null ? [] : [{ timeline, id }];
  });
  if (given.some(({ id }) => !/^\d{1,20}$/.test(id)))
    return refused({ kind: "invalid", problem: "Last read is invalid" });
  const now = ctx.clock();
  await runBatch(
    ctx.db,
    given.map(({ timeline, id }) => saveMarker(ctx.db, timeline, id, now)),
  );
  const saved = given.map(({ timeline }) => timeline);
  return json(saved.length === 0 ? {} : toMarkers(await markersQuery(ctx.db, saved)));
}

function lastReadIn(params: Params, timeline: Marker["timeline"]): string | null {
  const marker = params.within(timeline);
  return marker?.has("last_read_id") ? marker.raw("last_read_id") : null;
}

function toMarkers(rows: readonly Marker[]) {
  return Object.fromEntries(
    rows.map(({ timeline, lastReadId, version, updatedAt }) => [
      timeline,
      { last_read_id: lastReadId, version, updated_at: timestamp(updatedAt) },
    ]),
  );
}
