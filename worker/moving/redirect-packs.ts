/**
 * Rules, ready to paste, that bring the visitors of an old domain here: its WebFinger, and the addresses its profiles had. Pure. What was
 * typed is taken only as host names and handles, so that nothing else can get into somebody's server configuration.
 */
import { places } from "../model/places.ts";
import { hostName } from "../owner/domains.ts";

/** Made by `readOldAddress` alone. */
export interface OldAddress {
  /** Lower case, punycode, no port. */
  readonly domain: string;
  /** Lower case; at least one. */
  readonly users: readonly string[];
}

export interface Pack {
  readonly title: string;
  readonly note: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

const USERS_MAX = 10;
/** WordPress lets a whole host name stand before the @. */
const USER = /^[a-z0-9_]([a-z0-9_.-]{0,62}[a-z0-9_])?$/;
/** No port and no underscore, which configurations do not take everywhere, and no address in numbers. */
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

/** `@user@domain`, the first @ as one likes; null when it is none. */
export function readOldHandle(typed: string): { user: string; domain: string } | null {
  const [, name = "", host = ""] = /^@?([^@]+)@([^@]+)$/.exec(typed.trim()) ?? [];
  const [user, domain] = [userIn(name), domainIn(host)];
  return user === null || domain === null ? null : { user, domain };
}

/** A domain, and names with spaces or commas between; says what is wrong instead. */
export function readOldAddress(domain: string, names: string): OldAddress | string {
  const old = domainIn(domain);
  if (old === null)
    return `"${domain}" is no domain. Write it like example.com, without https:// and without a path.`;
  const typed = names.split(/[\s,]+/).filter(Boolean);
  const users = new Set<string>();
  for (const one of typed) {
    const user = userIn(one.replace(/^@/, "").replace(/@[^@]*$/, (host) => (host === `@${old}` ? "" : host)));
    if (user === null) return `"${one}" is no name of an account at ${old}.`;
    users.add(user);
  }
  if (users.size === 0) return "Write the name you had there.";
  if (users.size > USERS_MAX) return `There is room for ${USERS_MAX} names.`;
  return { domain: old, users: [...users] };
}

function userIn(typed: string): string | null {
  const user = typed.toLowerCase();
  return USER.test(user) ? user : null;
}

function domainIn(typed: string): string | null {
  const domain = hostName(typed);
  return domain !== null && domain.length <= 253 && DOMAIN.test(domain) ? domain : null;
}

const WELL_KNOWN = [
  "/.well-known/webfinger",
  "/.well-known/host-meta",
  "/.well-known/host-meta.json",
] as const;

/** Where a profile was: Mastodon, its ids, WordPress. */
export const profilePaths = (user: string): string[] => [`/@${user}`, `/users/${user}`, `/author/${user}`];

interface Rules {
  readonly old: OldAddress;
  /** The stead's origin. */
  readonly home: string;
  /** Its profile page. */
  readonly profile: string;
  /** Every path of a profile at the old domain, without a slash at the end. */
  readonly paths: readonly string[];
}

/** @param jrd our WebFinger document, for hosts that can not redirect */
export function redirectPacks(
  old: OldAddress,
  stead: { readonly origin: string; readonly handle: string },
  jrd: string,
): Pack[] {
  const rules: Rules = {
    old,
    home: stead.origin,
    profile: places.profile(stead.origin, stead.handle),
    paths: old.users.flatMap(profilePaths),
  };
  return [
    nginx(rules),
    apache(rules),
    caddy(rules),
    wordpress(rules),
    redirectsFile(rules),
    cloudflare(rules),
    staticFiles(rules, jrd),
  ];
}

const lines = (...parts: readonly string[]): string => `${parts.join("\n")}\n`;
const forRegExp = (text: string): string => text.replaceAll(".", "\\.");
const anyOf = (users: readonly string[]): string => users.map(forRegExp).join("|");

function nginx({ old, home, profile }: Rules): Pack {
  const text = lines(
    ...WELL_KNOWN.map((path) => `location = ${path} { return 301 ${home}$request_uri; }`),
    `location ~* ^/@(${anyOf(old.users)})\\.rss$ { return 301 ${home}/feed.rss; }`,
    `location ~* ^/(@|users/|author/)(${anyOf(old.users)})/?$ { return 301 ${profile}; }`,
    `if ($request_uri = "/?author=1") { return 301 ${profile}; }`,
  );
  const note = `Into the server block of ${old.domain}, then nginx -t and a reload.`;
  return { title: "nginx", note, files: [{ name: old.domain, text }] };
}

/** mod_rewrite keeps the query string where the target has none; QSD (2.4) takes it away. */
function apache({ old, home, profile }: Rules): Pack {
  const text = lines(
    "RewriteEngine On",
    `RewriteRule ^/?\\.well-known/(webfinger|host-meta|host-meta\\.json)$ ${home}/.well-known/$1 [R=301,L]`,
    `RewriteRule ^/?@(${anyOf(old.users)})\\.rss$ ${home}/feed.rss [R=301,L,NC,QSD]`,
    `RewriteRule ^/?(@|users/|author/)(${anyOf(old.users)})/?$ ${profile} [R=301,L,NC,QSD]`,
    "RewriteCond %{QUERY_STRING} ^author=1$",
    `RewriteRule ^/?$ ${profile} [R=301,L,QSD]`,
  );
  const note = `At the top of the .htaccess of ${old.domain}, above what WordPress wrote there. mod_rewrite must be on.`;
  return { title: "Apache", note, files: [{ name: ".htaccess", text }] };
}

function caddy({ old, home, profile, paths }: Rules): Pack {
  const text = lines(
    `${old.domain} {`,
    `\t@wellknown path ${WELL_KNOWN.join(" ")}`,
    `\tredir @wellknown ${home}{uri} permanent`,
    `\t@feed path ${old.users.map((user) => `/@${user}.rss`).join(" ")}`,
    `\tredir @feed ${home}/feed.rss permanent`,
    `\t@profile path ${paths.flatMap((path) => [path, `${path}/`]).join(" ")}`,
    `\tredir @profile ${profile} permanent`,
    "}",
  );
  const note = `Into the site block of ${old.domain}, if there is one already.`;
  return { title: "Caddy", note, files: [{ name: "Caddyfile", text }] };
}

function wordpress({ old, home, profile, paths }: Rules): Pack {
  const quoted = (items: readonly string[]) => items.map((item) => `'${item}'`).join(", ");
  const text = lines(
    "<?php",
    `/* Plugin Name: ${old.domain} has moved to ${home} */`,
    "(function () {",
    "    $asked = $_SERVER['REQUEST_URI'] ?? '';",
    "    $path = rtrim((string) parse_url($asked, PHP_URL_PATH), '/');",
    "    $query = (string) parse_url($asked, PHP_URL_QUERY);",
    `    $well_known = array(${quoted(WELL_KNOWN)});`,
    `    $profiles = array(${quoted(paths)});`,
    "    $to = '';",
    "    if (in_array($path, $well_known, true)) {",
    `        $to = '${home}' . $path . ($query === '' ? '' : '?' . $query);`,
    "    } elseif (in_array(strtolower($path), $profiles, true) || ($path === '' && $query === 'author=1')) {",
    `        $to = '${profile}';`,
    "    }",
    "    if ($to !== '') {",
    "        header('Location: ' . $to, true, 301);",
    "        exit;",
    "    }",
    "})();",
  );
  const note =
    "As this file in the folder wp-content/mu-plugins (make the folder if it is missing): it then works before every other plugin. " +
    "If your author number is not 1, change it.";
  return { title: "WordPress", note, files: [{ name: "wp-content/mu-plugins/moved.php", text }] };
}

/** Both carry the query string over by themselves. */
function redirectsFile({ old, home, profile, paths }: Rules): Pack {
  const text = lines(
    ...WELL_KNOWN.map((path) => `${path} ${home}${path} 301`),
    ...old.users.map((user) => `/@${user}.rss ${home}/feed.rss 301`),
    ...paths.map((path) => `${path} ${profile} 301`),
  );
  const note =
    "Into the file _redirects of what you publish. Remove a file .well-known/webfinger if there is one: it would win. " +
    "GitLab Pages has such a file too, but drops the query string, which WebFinger needs; there take the static files below.";
  return { title: "Netlify, Cloudflare Pages", note, files: [{ name: "_redirects", text }] };
}

function cloudflare({ old, home, profile, paths }: Rules): Pack {
  const set = (items: readonly string[]) => `{${items.map((item) => `"${item}"`).join(" ")}}`;
  const slashed = paths.flatMap((path) => [path, `${path}/`]);
  const rules = lines(
    "Rule 1, when:",
    `(http.host eq "${old.domain}" and http.request.uri.path in ${set(WELL_KNOWN)})`,
    "then: dynamic, 301, preserve query string: on",
    `concat("${home}", http.request.uri.path)`,
    "",
    "Rule 2, when:",
    `(http.host eq "${old.domain}" and lower(http.request.uri.path) in ${set(slashed)})`,
    "then: static, 301, preserve query string: off",
    profile,
  );
  const worker = lines(
    `const WELL_KNOWN = new Set(${JSON.stringify(WELL_KNOWN)});`,
    `const PROFILES = new Set(${JSON.stringify(paths)});`,
    "",
    "export default {",
    "  fetch(request) {",
    "    const { pathname, search } = new URL(request.url);",
    "    if (WELL_KNOWN.has(pathname)) {",
    `      return Response.redirect("${home}" + pathname + search, 301);`,
    "    }",
    '    if (PROFILES.has(pathname.toLowerCase().replace(/\\/$/, ""))) {',
    `      return Response.redirect("${profile}", 301);`,
    "    }",
    "    return fetch(request);",
    "  },",
    "};",
  );
  const routes = ["/.well-known/webfinger", "/.well-known/host-meta", ...paths];
  const wrangler = lines(
    'name = "moved"',
    'main = "worker.js"',
    'compatibility_date = "2026-01-01"',
    "routes = [",
    ...routes.map((path) => `  "${old.domain}${path}*",`),
    "]",
  );
  const note =
    `If ${old.domain} serves nothing else, attach it to this Worker instead, under Settings, Domains & Routes: then WebFinger needs no rule. ` +
    "Else make two redirect rules (Rules, Redirect Rules), or deploy the small Worker. Both need the domain proxied by Cloudflare.";
  const files = [
    { name: "Redirect Rules", text: rules },
    { name: "worker.js", text: worker },
    { name: "wrangler.toml", text: wrangler },
  ];
  return { title: "Cloudflare", note, files };
}

/** For who can only put files there. One document for whoever is asked about is wrong for others and right for one person. */
function staticFiles({ old, profile, paths }: Rules, jrd: string): Pack {
  const html = lines(
    "<!doctype html>",
    '<meta charset="utf-8">',
    "<title>Moved</title>",
    `<link rel="canonical" href="${profile}">`,
    `<meta http-equiv="refresh" content="0; url=${profile}">`,
    `<a href="${profile}">${profile}</a>`,
  );
  const files = [
    { name: ".well-known/webfinger", text: lines(jrd) },
    { name: ".nojekyll", text: "" },
    ...paths.map((path) => ({ name: `${path.slice(1)}/index.html`, text: html })),
  ];
  const note =
    `GitHub Pages and the like can not redirect. These files stand in: ${old.domain} answers everybody who asks for any name with you, ` +
    "and without the right content type. Mastodon and most others take it; some will not. Make the files again if your handle changes.";
  return { title: "GitHub Pages and other plain file hosts", note, files };
}
