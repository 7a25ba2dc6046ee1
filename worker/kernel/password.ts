/**
 * Passwords: PBKDF2 over HMAC(INSTANCE_SECRET, password). The secret is a pepper of at least 128 bits that is not in the database, so
 * a stolen database alone can not be guessed against, and the iterations may fit the Free plan's CPU.
 */
import { fromBase64, toBase64 } from "./base64.ts";

/** Measured with `npm run bench`; kept with each hash, so that it may grow. */
export const PASSWORD_ITERATIONS = 20_000;
export const PASSWORD_MIN = 8;

export interface PasswordHash {
  readonly hash: string;
  readonly salt: string;
  readonly iterations: number;
}

const encoder = new TextEncoder();

export async function hashPassword(secret: string, password: string): Promise<PasswordHash> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const hash = await derive(secret, password, salt, PASSWORD_ITERATIONS);
  return { hash: toBase64(hash), salt: toBase64(salt), iterations: PASSWORD_ITERATIONS };
}

/** Constant time in the comparison. Cost: the stored number of iterations. */
export async function checkPassword(
  secret: string,
  password: string,
  stored: PasswordHash,
): Promise<boolean> {
  const salt = fromBase64(stored.salt);
  const expected = fromBase64(stored.hash);
  if (!salt || !expected) return false;
  const actual = await derive(secret, password, salt, stored.iterations);
  return equalBytes(actual, expected);
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export async function equalSecrets(a: string, b: string): Promise<boolean> {
  const [x, y] = await Promise.all(
    [a, b].map((text) => crypto.subtle.digest("SHA-256", encoder.encode(text))),
  );
  return equalBytes(new Uint8Array(x!), new Uint8Array(y!));
}

function equalBytes(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(a, b);
}

async function derive(secret: string, password: string, salt: Uint8Array<ArrayBuffer>, iterations: number) {
  const pepper = await crypto.subtle.importKey(
    "raw",
    encoder.encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const peppered = await crypto.subtle.sign("HMAC", pepper, encoder.encode(password.normalize("NFC")));
  const key = await crypto.subtle.importKey("raw", peppered, "PBKDF2", false, ["deriveBits"]);
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256),
  );
}
