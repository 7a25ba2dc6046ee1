import { describe, expect, it } from "vitest";

import {
  readOldAddress,
  readOldHandle,
  redirectPacks,
  type OldAddress,
} from "../../worker/moving/redirect-packs.ts";

const STEAD = { origin: "https://me.example", handle: "anna" };
const ONE = read("old.example", "anna");

function read(domain: string, names: string): OldAddress {
  const old = readOldAddress(domain, names);
  if (typeof old === "string") throw new Error(old);
  return old;
}

function fileOf(title: string, name: string, old = ONE): string {
  const pack = redirectPacks(old, STEAD, '{"subject":"acct:anna@me.example"}').find(
    (one) => one.title === title,
  );
  return pack!.files.find((file) => file.name === name)!.text;
}

describe("what was typed as an old address", () => {
  it.each([
    ["old.example", "anna", ["anna"]],
    ["Old.EXAMPLE", "@Anna, bob_2", ["anna", "bob_2"]],
    ["old.example", "@anna@old.example anna", ["anna"]],
    ["old.example", "anna\nreturn", ["anna", "return"]],
    ["bücher.example", "a.b-c", ["a.b-c"]],
    ["blog.old.example", "blog.old.example", ["blog.old.example"]],
  ])("is taken from %s and %s", (domain, names, users) => {
    expect(read(domain, names)).toEqual({
      domain: domain === "bücher.example" ? "xn--bcher-kva.example" : domain.toLowerCase(),
      users,
    });
  });

  // Each of these would mean something to one of the configurations.
  it.each([
    ["old.example", "anna;}"],
    ["old.example", "an'na"],
    ["old.example", 'an"na'],
    ["old.example", "anna*"],
    ["old.example", "(anna|.*)"],
    ["old.example", "{anna}"],
    ["old.example", "$1"],
    ["old.example", "%{QUERY_STRING}"],
    ["old.example", "../anna"],
    ["old.example", "anna@other.example"],
    ["old.example", "<?php"],
    ["old.example", ".anna"],
    ["old.example", ""],
    ["old.example", "a".repeat(65)],
    ["old.example", "a b c d e f g h i j k"],
    ["https://old.example", "anna"],
    ["old.example/x", "anna"],
    ["old.example;", "anna"],
    ["old.example\n}", "anna"],
    ["old.example:8080", "anna"],
    ["old_1.example", "anna"],
    ["*.old.example", "anna"],
    ["old.example {", "anna"],
    ["localhost", "anna"],
    ["127.0.0.1", "anna"],
    ["0x7f.1", "anna"],
    ["-old.example", "anna"],
    ["[::1]", "anna"],
    ["", "anna"],
    [`${"a".repeat(64)}.example`, "anna"],
  ])("is refused with a word why, and never gets into a configuration: %j %j", (domain, names) => {
    expect(readOldAddress(domain, names)).toBeTypeOf("string");
  });

  it.each([
    ["@anna@old.example", { user: "anna", domain: "old.example" }],
    [" Anna@Old.Example ", { user: "anna", domain: "old.example" }],
    ["anna", null],
    ["@@old.example", null],
    ["anna@old.example@evil.example", null],
    ["anna@old.example/../x", null],
    ["acct:anna@old.example", null],
    ["an na@old.example", null],
  ])("reads the handle %j", (typed, handle) => {
    expect(readOldHandle(typed)).toEqual(handle);
  });
});

describe("the rules that bring an old domain's visitors here", () => {
  it("are exact for nginx, and keep path and query by $request_uri", () => {
    expect(fileOf("nginx", "old.example", read("old.example", "anna b.c"))).toBe(
      `location = /.well-known/webfinger { return 301 https://me.example$request_uri; }
location = /.well-known/host-meta { return 301 https://me.example$request_uri; }
location = /.well-known/host-meta.json { return 301 https://me.example$request_uri; }
location ~* ^/@(anna|b\\.c)\\.rss$ { return 301 https://me.example/feed.rss; }
location ~* ^/(@|users/|author/)(anna|b\\.c)/?$ { return 301 https://me.example/@anna; }
if ($request_uri = "/?author=1") { return 301 https://me.example/@anna; }
`,
    );
  });

  it("are exact for Apache, which keeps the query where nothing says QSD", () => {
    const text = fileOf("Apache", ".htaccess");
    expect(text).toBe(
      `RewriteEngine On
RewriteRule ^/?\\.well-known/(webfinger|host-meta|host-meta\\.json)$ https://me.example/.well-known/$1 [R=301,L]
RewriteRule ^/?@(anna)\\.rss$ https://me.example/feed.rss [R=301,L,NC,QSD]
RewriteRule ^/?(@|users/|author/)(anna)/?$ https://me.example/@anna [R=301,L,NC,QSD]
RewriteCond %{QUERY_STRING} ^author=1$
RewriteRule ^/?$ https://me.example/@anna [R=301,L,QSD]
`,
    );
    const webfinger = new RegExp(/RewriteRule (\S+well-known\S+)/.exec(text)![1]!);
    expect(webfinger.test("/.well-known/webfinger")).toBe(true);
    expect(webfinger.test("xwell-known/webfinger")).toBe(false);
  });

  it("are exact for Caddy, and keep path and query by {uri}", () => {
    expect(fileOf("Caddy", "Caddyfile")).toBe(
      `old.example {
	@wellknown path /.well-known/webfinger /.well-known/host-meta /.well-known/host-meta.json
	redir @wellknown https://me.example{uri} permanent
	@feed path /@anna.rss
	redir @feed https://me.example/feed.rss permanent
	@profile path /@anna /@anna/ /users/anna /users/anna/ /author/anna /author/anna/
	redir @profile https://me.example/@anna permanent
}
`,
    );
  });

  it("are exact for WordPress, as a plugin that comes before the others", () => {
    expect(fileOf("WordPress", "wp-content/mu-plugins/moved.php")).toBe(
      `<?php
/* Plugin Name: old.example has moved to https://me.example */
(function () {
    $asked = $_SERVER['REQUEST_URI'] ?? '';
    $path = rtrim((string) parse_url($asked, PHP_URL_PATH), '/');
    $query = (string) parse_url($asked, PHP_URL_QUERY);
    $well_known = array('/.well-known/webfinger', '/.well-known/host-meta', '/.well-known/host-meta.json');
    $profiles = array('/@anna', '/users/anna', '/author/anna');
    $to = '';
    if (in_array($path, $well_known, true)) {
        $to = 'https://me.example' . $path . ($query === '' ? '' : '?' . $query);
    } elseif (in_array(strtolower($path), $profiles, true) || ($path === '' && $query === 'author=1')) {
        $to = 'https://me.example/@anna';
    }
    if ($to !== '') {
        header('Location: ' . $to, true, 301);
        exit;
    }
})();
`,
    );
  });

  it("are exact for hosts that read _redirects", () => {
    expect(fileOf("Netlify, Cloudflare Pages", "_redirects")).toBe(
      `/.well-known/webfinger https://me.example/.well-known/webfinger 301
/.well-known/host-meta https://me.example/.well-known/host-meta 301
/.well-known/host-meta.json https://me.example/.well-known/host-meta.json 301
/@anna.rss https://me.example/feed.rss 301
/@anna https://me.example/@anna 301
/users/anna https://me.example/@anna 301
/author/anna https://me.example/@anna 301
`,
    );
  });

  it("are exact for Cloudflare's redirect rules", () => {
    expect(fileOf("Cloudflare", "Redirect Rules")).toBe(
      `Rule 1, when:
(http.host eq "old.example" and http.request.uri.path in {"/.well-known/webfinger" "/.well-known/host-meta" "/.well-known/host-meta.json"})
then: dynamic, 301, preserve query string: on
concat("https://me.example", http.request.uri.path)

Rule 2, when:
(http.host eq "old.example" and lower(http.request.uri.path) in {"/@anna" "/@anna/" "/users/anna" "/users/anna/" "/author/anna" "/author/anna/"})
then: static, 301, preserve query string: off
https://me.example/@anna
`,
    );
    expect(fileOf("Cloudflare", "wrangler.toml")).toBe(
      `name = "moved"
main = "worker.js"
compatibility_date = "2026-01-01"
routes = [
  "old.example/.well-known/webfinger*",
  "old.example/.well-known/host-meta*",
  "old.example/@anna*",
  "old.example/users/anna*",
  "old.example/author/anna*",
]
`,
    );
  });

  it("are exact for a Worker", () => {
    expect(fileOf("Cloudflare", "worker.js")).toBe(
      `const WELL_KNOWN = new Set(["/.well-known/webfinger","/.well-known/host-meta","/.well-known/host-meta.json"]);
const PROFILES = new Set(["/@anna","/users/anna","/author/anna"]);

export default {
  fetch(request) {
    const { pathname, search } = new URL(request.url);
    if (WELL_KNOWN.has(pathname)) {
      return Response.redirect("https://me.example" + pathname + search, 301);
    }
    if (PROFILES.has(pathname.toLowerCase().replace(/\\/$/, ""))) {
      return Response.redirect("https://me.example/@anna", 301);
    }
    return fetch(request);
  },
};
`,
    );
  });

  it("are files where nothing can be redirected: our document, and a page that leads on", () => {
    const title = "GitHub Pages and other plain file hosts";
    expect(fileOf(title, ".well-known/webfinger")).toBe('{"subject":"acct:anna@me.example"}\n');
    expect(fileOf(title, ".nojekyll")).toBe("");
    expect(fileOf(title, "@anna/index.html")).toContain(
      '<meta http-equiv="refresh" content="0; url=https://me.example/@anna">',
    );
  });
});
