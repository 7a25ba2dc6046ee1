import { Hono } from "hono";

import type { Ctx } from "../kernel/ctx.ts";

export const pages = new Hono<{ Variables: { ctx: Ctx } }>();
pages.get("/", (c) => c.text(`${c.var.ctx.stead.handle}@${c.var.ctx.stead.handleDomain}`));
