/** The frame of every page: head, navigation, and the headers that keep a page from doing more than it should. */
import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";

import type { Ctx } from "../kernel/ctx.ts";

export interface View {
  readonly title: string;
  readonly body: Child;
  /** 200 when not given. */
  readonly status?: number;
  readonly head?: Child;
  /** Set on the owner's pages: their navigation stands above, and nobody keeps a copy. */
  readonly owner?: { readonly ctx: Ctx; readonly path: string };
  /** The same for everyone, so that a browser may keep it and ask whether it changed. */
  readonly open?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * No script at all, no style but ours, no picture, film or sound but ours. `same-origin` and not `no-referrer`: under the latter a browser sends
 * `Origin: null` with our own forms, and they could not be told from another site's (Fetch, "append a request Origin header").
 */
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

export function page(view: View): Response {
  const { status = 200, owner, open = false, headers } = view;
  const html = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{view.title}</title>
        <link rel="stylesheet" href="/style.css" />
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        {view.head}
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        {owner && <Navigation path={owner.path} />}
        <main id="main" class="wrap">
          {owner && owner.ctx.stead.dataKey === null && <SecretProblem ctx={owner.ctx} />}
          {view.body}
        </main>
        {open && <Footer signedIn={owner !== undefined} />}
      </body>
    </html>
  );
  const caching = {
    "cache-control": open && !owner ? "no-cache" : "private, no-store",
    vary: "accept, cookie",
  };
  return new Response(`<!doctype html>${(html as HtmlEscapedString).toString()}`, {
    status,
    headers: { ...HEADERS, ...caching, ...headers },
  });
}

const PLACES: readonly [path: string, name: string][] = [
  ["/home", "Home"],
  ["/notifications", "Notifications"],
  ["/followers", "Followers"],
  ["/following", "Following"],
  ["/blocked", "Blocked"],
  ["/deliveries", "Deliveries"],
  ["/move", "Move in"],
  ["/settings", "Settings"],
  ["/", "Your page"],
];

function Navigation({ path }: { path: string }) {
  return (
    <header class="top">
      <nav class="wrap" aria-label="Your stead">
        {PLACES.map(([href, name]) => (
          <a href={href} {...(href === path ? { "aria-current": "page" } : {})}>
            {name}
          </a>
        ))}
        <form method="post" action="/logout">
          <button>Sign out</button>
        </form>
      </nav>
    </header>
  );
}

function Footer({ signedIn }: { signedIn: boolean }) {
  return (
    <footer class="foot">
      <div class="wrap">
        <span>
          A stead in the fediverse, by <a href="https://github.com/fedistead/fedistead">Fedistead</a>
        </span>
        {!signedIn && <a href="/login">Sign in</a>}
      </div>
    </footer>
  );
}

/** Claimed, and the data key can not be opened: nothing signs, so nothing leaves and nothing is taken in. */
export function SecretProblem({ ctx }: { ctx: Ctx }) {
  const missing = ctx.settings.secret === null;
  return (
    <div class="problem" role="alert">
      <p>
        {missing
          ? "INSTANCE_SECRET is missing or too short, so your stead can not open its keys: nothing is delivered and nothing is taken in."
          : "INSTANCE_SECRET is not the one this stead was claimed with, so it can not open its keys: nothing is delivered and nothing is taken in."}
      </p>
      <p>
        {`Put the right one back: on Cloudflare with `}
        <code>npx wrangler secret put INSTANCE_SECRET</code>
        {`, locally in the file `}
        <code>secret</code>
        {` of the state folder. Nothing is lost meanwhile: other servers come again. To change the secret on purpose, run `}
        <code>npm run rewrap</code>.
      </p>
    </div>
  );
}
