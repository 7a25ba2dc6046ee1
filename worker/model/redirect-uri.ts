/**
 * Where an app wants its code sent. Redirect URIs are opaque: `icecubesapp://`, `com.tapbots.Ivory.10217:/request_token/1` and
 * `urn:ietf:wg:oauth:2.0:oob` are as good as https, so they are compared as strings and never rewritten by a URL parser.
 */

/** The owner copies the code from our page (toot, Tuba, Mastodon.py). */
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

/** Would run as a script on our page. As Doorkeeper refuses them. */
const SCRIPTS: ReadonlySet<string> = new Set(["javascript", "data", "vbscript"]);
/** RFC 8252 §7.3, and Doorkeeper: address literals only, because the name localhost may lead elsewhere. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::\d{1,5})?(?=[/?]|$)/;

/** Whether an app may be registered with it. RFC 6749 §3.1.2: no fragment. */
export function isRedirectUri(uri: string): boolean {
  const scheme = /^([a-z][a-z0-9+.-]*):[\x21-\x7e]+$/i.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || SCRIPTS.has(scheme) || uri.includes("#")) return false;
  if (scheme !== "http" && scheme !== "https") return true;
  const url = uri.includes("\\") || !/^https?:\/\/[^/?]/i.test(uri) ? null : URL.parse(uri);
  return url !== null && url.username === "" && url.password === "";
}

/** Whether a code may be sent to `uri`: character for character as registered, but for the port of a loopback address. */
export function isRegistered(registered: readonly string[], uri: string): boolean {
  if (!isRedirectUri(uri)) return false;
  const portless = (one: string) => (LOOPBACK.test(one) ? one.replace(LOOPBACK, "$1") : null);
  const bare = portless(uri);
  return registered.some((one) => one === uri || (bare !== null && portless(one) === bare));
}

/** The URI with the answer in its query, which may have one already (RFC 6749 §4.1.2). */
export function withAnswer(uri: string, answer: Readonly<Record<string, string>>): string {
  const between = !uri.includes("?") ? "?" : /[?&]$/.test(uri) ? "" : "&";
  return uri + between + new URLSearchParams(answer).toString();
}

/** Where somebody ends up who says yes: the one thing about an app that it can not make up. */
export type Destination =
  | { kind: "copied" }
  | { kind: "site"; host: string }
  | { kind: "this-device" }
  | { kind: "installed-app"; scheme: string };

export function destinationOf(uri: string): Destination {
  if (uri === OUT_OF_BAND) return { kind: "copied" };
  const scheme = uri.slice(0, uri.indexOf(":")).toLowerCase();
  if (scheme !== "http" && scheme !== "https") return { kind: "installed-app", scheme };
  const url = new URL(uri);
  const here = LOOPBACK.test(uri) || url.hostname === "localhost";
  return here ? { kind: "this-device" } : { kind: "site", host: url.host };
}
