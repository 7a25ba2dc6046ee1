/**
 * Files of the owner's posts out of the bucket, and other servers' for the owner's apps. Nothing here is ever a page or a document of the
 * fediverse, whatever is asked for: a file that somebody made can not speak in the owner's name.
 */
import { Hono } from "hono";

import { describe } from "../kernel/log.ts";
import { openFetch } from "../kernel/safe-fetch.ts";
import { MEDIA_TYPES, type Extension } from "../model/media/kinds.ts";
import { boundsOf, rangeIn } from "../model/media/range.ts";
import { behind } from "../owner/media-proxy.ts";
import type { WebEnv } from "./session.ts";

/** Of another server's file, in bytes. */
const REMOTE_MAX = 100_000_000;
/** Types that another server's file may have; SVG is a page in disguise. */
const REMOTE_TYPES =
  /^(image\/(jpeg|png|gif|webp|avif|apng|heic|heif|jxl|bmp)|video\/(mp4|webm|quicktime|ogg|x-m4v|3gpp)|audio\/(mpeg|mp3|mp4|m4a|x-m4a|aac|ogg|opus|flac|x-flac|wav|x-wav|wave|vnd\.wave|webm))$/;

const INERT = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "cross-origin",
  "accept-ranges": "bytes",
};
/** The name holds 256 random bits, and its bytes never change. */
const FOREVER = "public, max-age=31536000, immutable";

export const mediaFiles = new Hono<WebEnv>();

/** 1 operation of R2, and no D1 read. */
mediaFiles.get("/media/:name{[\\w-]{43}\\.[a-z0-9]{2,4}}", async (c) => {
  const name = c.req.param("name");
  const type = MEDIA_TYPES[name.slice(44) as Extension];
  const { media } = c.var.ctx.ports;
  if (type === undefined || !media) return missing();
  const headers: Record<string, string> = {
    ...INERT,
    "content-type": type,
    "cache-control": FOREVER,
    ...(type.startsWith("image/") ? {} : { "content-disposition": `attachment; filename="${name}"` }),
  };
  if (c.req.raw.method === "HEAD") {
    const found = await media.head(name);
    if (!found) return missing();
    return new Response(null, {
      headers: { ...headers, etag: `"${found.etag}"`, "content-length": String(found.size) },
    });
  }
  const range = rangeIn(c.req.header("range") ?? null);
  const unless = /^(?:W\/)?"([^"]*)"$/.exec(c.req.header("if-none-match")?.trim() ?? "")?.[1] ?? null;
  try {
    const found = await media.get(name, range, unless);
    if (!found) return missing();
    headers["etag"] = `"${found.etag}"`;
    if (found.body === null) return new Response(null, { status: 304, headers });
    const bounds = range && boundsOf(range, found.size);
    if (!bounds)
      return new Response(found.body, { headers: { ...headers, "content-length": String(found.size) } });
    headers["content-range"] = `bytes ${bounds.first}-${bounds.last}/${found.size}`;
    headers["content-length"] = String(bounds.last - bounds.first + 1);
    return new Response(found.body, { status: 206, headers });
  } catch (cause) {
    // R2 throws for a range beyond the end, and says so in words alone.
    const found = range && (await media.head(name));
    if (!found || boundsOf(range, found.size)) throw cause;
    return new Response(null, {
      status: 416,
      headers: { ...INERT, "content-range": `bytes */${found.size}` },
    });
  }
});

/** What is not signed by us is not fetched. 1 fetch; the bytes pass through. */
mediaFiles.get("/media/remote/:signature{[\\w-]{16}}/:url{[\\w-]+}", async (c) => {
  const { ctx } = c.var;
  const url = behind(ctx, c.req.param("signature"), c.req.param("url"));
  if (url === null) return missing();
  const range = c.req.header("range");
  const opened = await openFetch(ctx.door, {
    url,
    // As it is: a length that is compressed away can not be held against the cap.
    headers: {
      accept: "image/*, video/*, audio/*",
      "accept-encoding": "identity",
      ...(range ? { range } : {}),
    },
    maxBytes: REMOTE_MAX,
  });
  if (!opened.ok) {
    ctx.log.info("remote media", { host: new URL(url).host, reason: opened.reason, detail: opened.detail });
    return missing(opened.reason === "timeout" ? 504 : 502);
  }
  const { status, body } = opened;
  const [type = ""] = (opened.headers.get("content-type") ?? "").toLowerCase().split(";");
  const there = status === 200 || (status === 206 && range !== undefined);
  if (!there || !REMOTE_TYPES.test(type.trim())) {
    await body?.cancel().catch((cause: unknown) => ctx.log.info("remote media", { detail: describe(cause) }));
    return missing(there ? 415 : status === 404 || status === 410 ? 404 : 502);
  }
  const head = c.req.raw.method === "HEAD";
  if (head)
    await body?.cancel().catch((cause: unknown) => ctx.log.info("remote media", { detail: describe(cause) }));
  // Lengths of what was packed are not those of what goes on.
  const lengths = opened.headers.has("content-encoding") ? [] : ["content-length", "content-range"];
  const passed = lengths.flatMap((name): [string, string][] => {
    const value = opened.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new Response(head ? null : body, {
    status,
    headers: {
      ...INERT,
      ...Object.fromEntries(passed),
      "content-type": type.trim(),
      "content-disposition": type.startsWith("image/") ? "inline" : "attachment",
      // For the owner's apps alone.
      "cache-control": "private, max-age=604800",
    },
  });
});

mediaFiles.all("/media/*", () => missing());

function missing(status: 404 | 415 | 502 | 504 = 404): Response {
  return new Response("There is nothing here.\n", {
    status,
    headers: { ...INERT, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}
