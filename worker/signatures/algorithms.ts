/**
 * The algorithm names peers write, and the kind of key each one asks for. Every signature here is over SHA-256 or is
 * Ed25519; a name that is not in the tables is refused before any key is fetched.
 */

/** Names of keys as WebCrypto says them. */
export const RSA = "RSASSA-PKCS1-v1_5";
export const ED25519 = "Ed25519";

export type Scheme = "cavage" | "rfc9421";
type KeyType = typeof RSA | typeof ED25519;

// "" is an absent name. `hs2019` leaves the choice to the key. For RSA the draft then means PSS with SHA-512, but the
// fediverse writes and reads PKCS#1 v1.5 with SHA-256 under that name (Mastodon, tootik), and so do we.
const KEY_TYPES: Record<Scheme, Map<string, KeyType | "any">> = {
  cavage: new Map<string, KeyType | "any">([
    ["", "any"],
    ["hs2019", "any"],
    ["rsa-sha256", RSA],
  ]),
  rfc9421: new Map<string, KeyType | "any">([
    ["", "any"],
    ["rsa-v1_5-sha256", RSA],
    ["ed25519", ED25519],
  ]),
};

/** The key a signature of that name needs; "any" when the key itself decides; null when we do not speak it. */
export function keyTypeFor(scheme: Scheme, algorithm: string): KeyType | "any" | null {
  return KEY_TYPES[scheme].get(algorithm) ?? null;
}
