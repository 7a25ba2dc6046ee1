/** Avatar and header, out of D1. */
import { Hono } from "hono";

import { findImage } from "../store/images.ts";
import type { WebEnv } from "./session.ts";

export const images = new Hono<WebEnv>();

/** The version is a hash of the bytes, so the answer never changes. Inert, should a browser ever be made to open it. */
images.get("/images/:kind{avatar|header}/:version", async (c) => {
  const kind = c.req.param("kind") === "avatar" ? "avatar" : "header";
  const image = await findImage(c.var.ctx.db, kind, c.req.param("version"));
  if (!image) return c.notFound();
  return new Response(image.bytes, {
    headers: {
      "content-type": image.type,
      "cache-control": "public, max-age=31536000, immutable",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    },
  });
});
