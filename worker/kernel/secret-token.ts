/** Secrets that we hand out: cookies, client secrets, codes and tokens. Each is 256 random bits, and only its SHA-256 is kept. */
import { toBase64, toBase64Url } from "./base64.ts";

/** 43 characters of base64url: fit for a header, an address, a form, and for the name of a WebSocket's subprotocol. */
export function newSecret(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** As it lies in the database: base64. Of 256 random bits no salt and no slow hash is needed. */
export async function secretHash(secret: string): Promise<string> {
  return toBase64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret)));
}

/** Whether it could be one of ours; what is not need not be looked up. */
export const couldBeSecret = (text: string): boolean => /^[\w-]{43}$/.test(text);
