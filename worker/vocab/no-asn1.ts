/**
 * Stands in for `asn1js` and `pkijs` (`alias` in wrangler.toml). Fedify's runtime reads keys in ASN.1 with them; ours are read and written in
 * `signatures/keys.ts` by WebCrypto, so nothing comes here, and they would be a seventh of the Worker.
 */
function unasked(): never {
  throw new Error("a key was to be read by Fedify; signatures/keys.ts does that");
}

export class Integer {
  constructor() {
    unasked();
  }
}

export class Sequence {
  constructor() {
    unasked();
  }
}

export const PublicKeyInfo = { fromBER: unasked };
