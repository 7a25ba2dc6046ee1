/** The owner lets an app in, on the page that the app opens. */
import type { Stead } from "./stead.ts";

export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";
export const SCOPES = ["read", "write", "follow", "push"];

/** Opens the address that an app made, presses "Let it in", and copies the code from the page. */
export async function codeFor(stead: Stead, address: string): Promise<string> {
  const { pathname, search } = new URL(address);
  const hidden = [
    ...(await stead.page(`${pathname}${search}`)).matchAll(
      /<input type="hidden" name="([^"]+)" value="([^"]*)"/g,
    ),
  ].map(([, name = "", value = ""]): [string, string] => [name, unescaped(value)]);
  const { text } = await stead.submit("/oauth/authorize", {
    ...Object.fromEntries(hidden),
    answer: "allow",
  });
  const [, code] = /(?:>|value=")([\w-]{43})(?:<|")/.exec(text) ?? [];
  if (!code) throw new Error(`no code on the page: ${text.slice(0, 2_000)}`);
  return code;
}

const unescaped = (text: string): string =>
  text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&amp;", "&");

/** A token with all that apps ask for, by the shortest way. */
export async function tokenFor(stead: Stead, name: string): Promise<string> {
  const post = async (path: string, fields: Record<string, string>) => {
    const answer = await fetch(`${stead.origin}${path}`, {
      method: "POST",
      body: new URLSearchParams(fields),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as Record<string, string>;
  };
  const scope = SCOPES.join(" ");
  const app = await post("/api/v1/apps", { client_name: name, redirect_uris: OUT_OF_BAND, scopes: scope });
  const { client_id = "", client_secret = "" } = app;
  const query = new URLSearchParams({ response_type: "code", client_id, redirect_uri: OUT_OF_BAND, scope });
  const code = await codeFor(stead, `${stead.origin}/oauth/authorize?${query.toString()}`);
  const grant = {
    grant_type: "authorization_code",
    client_id,
    client_secret,
    redirect_uri: OUT_OF_BAND,
    code,
  };
  return (await post("/oauth/token", grant))["access_token"] ?? "";
}
