/** Sending files as an app sends them. */
import { expect } from "vitest";

import { env } from "../fediverse/stead.ts";
import type { App, Reply } from "./client.ts";

/** The name says nothing true, and neither does the type: they are not looked at. */
export function sendFile(
  app: App,
  bytes: Uint8Array<ArrayBuffer>,
  fields: Readonly<Record<string, string | File>> = {},
  path = "/api/v2/media",
): Promise<Reply> {
  const data = new FormData();
  data.append("file", new File([bytes], "holiday.svg", { type: "text/html" }));
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return app.ask(path, { method: "POST", body: data });
}

/** The file's id. */
export async function uploaded(...sent: Parameters<typeof sendFile>): Promise<string> {
  const { status, body } = await sendFile(...sent);
  expect([status, body["error"]]).toEqual([200, undefined]);
  return String(body["id"]);
}

/** Names of what lies in the bucket. */
export async function bucket(): Promise<string[]> {
  const { objects } = await env.MEDIA!.list();
  return objects.map(({ key }) => key).sort();
}
