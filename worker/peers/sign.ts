/** Signs what leaves, and counts it: a signature is the dearest thing an invocation does. */
import type { Ctx } from "../kernel/ctx.ts";
import { signCavage, signRfc9421, type ToSign } from "../signatures/sign.ts";
import { signingKey } from "../store/keys.ts";

/**
 * Headers to add to a request. draft-cavage unless the peer has proved that it reads RFC 9421: snac answers 202 before it verifies
 * and understands draft-cavage only, so a first knock with RFC 9421 loses mail silently. One signature; `date` is now, so
 * sign when sending, not before. A GET beyond what the invocation may sign goes unsigned: most peers answer it, and who does not is
 * asked again later.
 */
export async function signed(
  ctx: Ctx,
  toSign: Omit<ToSign, "at">,
  rfc9421 = false,
): Promise<Record<string, string>> {
  if (toSign.method === "GET" && ctx.meter.signatures >= ctx.settings.signatures) return {};
  ctx.meter.signatures++; // before anything is awaited: look-ups run side by side
  const key = await signingKey(ctx);
  const full = { ...toSign, at: ctx.clock() };
  return rfc9421 ? signRfc9421(key, full) : signCavage(key, full);
}
