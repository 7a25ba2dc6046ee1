/** Which app asks, by its secret: in Basic (RFC 6749 §2.3.1), in the body, or in both, as tooot does. */
import { fromBase64 } from "../../kernel/base64.ts";
import { authenticateApp, type Authenticated } from "../../owner/apps.ts";
import type { Call } from "../router.ts";

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** Basic before the body; null when neither holds a client_id. */
export function credentialsIn({ request, params }: Pick<Call, "request" | "params">): Credentials | null {
  const [, encoded] = /^basic +(\S+)$/i.exec(request.headers.get("authorization")?.trim() ?? "") ?? [];
  const bytes = encoded === undefined ? null : fromBase64(encoded);
  const [, id, secret] = /^([^:]*):([^]*)$/.exec(bytes ? new TextDecoder().decode(bytes) : "") ?? [];
  if (id !== undefined && secret !== undefined) return { id, secret };
  const inBody = params.raw("client_id");
  return inBody === "" ? null : { id: inBody, secret: params.raw("client_secret") };
}

export async function clientOf(call: Call): Promise<Authenticated> {
  const { id, secret } = credentialsIn(call) ?? { id: "", secret: "" };
  return authenticateApp(call.ctx, id, secret, call.from);
}
