/** What every page may load, from our own origin: the stylesheet and the icon; and the pictures of an owner without any. Served before the claim as well. */
import { Hono } from "hono";

import { fromBase64 } from "../kernel/base64.ts";
import { AVATAR, HEADER } from "./default-images.ts";
import { STYLE } from "./style.ts";

/** A house with its light on. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#1f5f66" d="M16 3 3 14v15h26V14z"/><path fill="#ffd27a" d="M12 17h8v12h-8z"/></svg>`;

export const assets = new Hono();

assets.get("/style.css", () => asset(STYLE, "text/css; charset=utf-8"));
assets.get("/icon.svg", () => asset(ICON, "image/svg+xml"));
assets.get("/avatar.png", () => asset(fromBase64(AVATAR), "image/png"));
assets.get("/header.png", () => asset(fromBase64(HEADER), "image/png"));

function asset(body: BodyInit | null, type: string): Response {
  return new Response(body, {
    headers: {
      "content-type": type,
      "cache-control": "public, max-age=3600",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    },
  });
}
