/** The rules that lead an old domain's visitors here, in the servers they are written for. Those that are not installed are left out. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { readOldAddress, redirectPacks } from "../../worker/moving/redirect-packs.ts";
import { freePort, type Start, start, temporaryFolder } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";

export const scenario: Scenario = { title: "Redirects from an old domain", tell };

const OLD = "old.example";
const HOME = "https://me.example";
const PROFILE = `${HOME}/@anna`;
const FINGER = "/.well-known/webfinger?resource=acct%3Aanna%40old.example&rel=self";

type Answer = { status: number; location: string | null };
type Ask = (path: string) => Promise<Answer>;

interface Server {
  readonly pack: string;
  readonly program: string;
  /** Debian's name of it. */
  readonly package: string;
  /** Of the paths below, those it can not know. */
  readonly not: readonly string[];
  /** Writes what is needed around the rules, which are in the folder `site` of this one, and says how they are tried and run. */
  readonly setUp: (folder: string, program: string, port: number) => SetUp;
}

interface SetUp {
  /** Arguments with which it looks at its own configuration. */
  readonly check: readonly string[];
  readonly run: Omit<Start, "name">;
  readonly tls?: true;
}

/** Where each path leads; null: the old server answers by itself. */
const LEADS: Readonly<Record<string, string | null>> = {
  [FINGER]: `${HOME}${FINGER}`,
  "/.well-known/host-meta": `${HOME}/.well-known/host-meta`,
  "/.well-known/host-meta.json": `${HOME}/.well-known/host-meta.json`,
  "/@anna": PROFILE,
  "/@Anna/?page=2": PROFILE,
  "/users/anna": PROFILE,
  "/author/anna/": PROFILE,
  "/@a.b": PROFILE,
  "/@anna.rss": `${HOME}/feed.rss`,
  "/?author=1": PROFILE,
  "/?author=12": null,
  "/": null,
  "/@annabel": null,
  "/@axb": null,
  "/users/anna/statuses/1": null,
  "/.well-known/acme-challenge/token": null,
};

const SERVERS: readonly Server[] = [
  { pack: "nginx", program: "nginx", package: "nginx", not: [], setUp: nginx },
  { pack: "Apache", program: "apache2", package: "apache2-bin", not: [], setUp: apache },
  { pack: "Caddy", program: "caddy", package: "caddy", not: ["/?author=1"], setUp: caddy },
  { pack: "WordPress", program: "php", package: "php-cli", not: ["/@anna.rss"], setUp: php },
];

async function tell(story: Story): Promise<void> {
  const packs = rules();

  for (const server of SERVERS) {
    const sentence = `${server.pack} takes the rules, and leads visitors where they say`;
    const program = programAt(server.program);
    if (program === null) {
      story.leaveOut(sentence, `${server.program} is missing (Debian: ${server.package})`);
      continue;
    }
    await story.step(sentence, async () => {
      const folder = temporaryFolder();
      chmodSync(folder, 0o755);
      for (const { name, text } of packs(server.pack)) write(folder, `site/${name}`, text);
      const port = await freePort();
      const { check, run, tls } = server.setUp(folder, program, port);
      await promisify(execFile)(program, check);
      await start({ name: server.pack, ...run });
      await leads((path) => ask(port, path, tls === true), server.not);
    });
  }

  await story.step("Cloudflare's Worker leads visitors where it says", async () => {
    const text = packs("Cloudflare").find(({ name }) => name === "worker.js")?.text ?? "";
    const worker = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as {
      default: { fetch(request: Request): Response | Promise<Response> };
    };
    const goesOn = globalThis.fetch;
    globalThis.fetch = () => Promise.resolve(new Response("the old server"));
    try {
      await leads(
        async (path) => {
          const answer = await worker.default.fetch(new Request(`https://${OLD}${path}`));
          return { status: answer.status, location: answer.headers.get("location") };
        },
        ["/@anna.rss", "/?author=1"],
      );
    } finally {
      globalThis.fetch = goesOn;
    }
  });
}

function rules(): (title: string) => readonly { name: string; text: string }[] {
  const old = readOldAddress(OLD, "anna a.b");
  if (typeof old === "string") throw new Error(old);
  const packs = redirectPacks(old, { origin: HOME, handle: "anna" }, "{}");
  return (title) => packs.find((pack) => pack.title === title)?.files ?? [];
}

/** Asks for each path. Where the server can not know one, it answers by itself. */
async function leads(asks: Ask, not: readonly string[]): Promise<void> {
  for (const [path, leadsTo] of Object.entries(LEADS)) {
    const { status, location } = await asks(path);
    const wanted = not.includes(path) ? null : leadsTo;
    if (wanted === null) assert.equal(location, null, `${path} is led to ${String(location)}`);
    else assert.deepEqual([status, location], [301, wanted], path);
  }
}

function ask(port: number, path: string, tls: boolean): Promise<Answer> {
  const options = { host: "127.0.0.1", port, path, headers: { host: OLD }, agent: false };
  return new Promise((answered, refused) => {
    const asked = tls
      ? httpsRequest({ ...options, servername: OLD, rejectUnauthorized: false })
      : httpRequest(options);
    asked.once("response", (response) => {
      response.resume();
      answered({ status: response.statusCode ?? 0, location: response.headers.location ?? null });
    });
    asked.once("error", refused).end();
  });
}

function nginx(folder: string, program: string, port: number): SetUp {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const conf = write(
    folder,
    "nginx.conf",
    `daemon off; pid ${folder}/pid; error_log stderr notice; events {}
     http {
       access_log off; ${temporary.map((what) => `${what}_temp_path ${folder}/${what};`).join(" ")}
       server {
         listen 127.0.0.1:${port}; server_name ${OLD};
         include ${folder}/site/${OLD};
         location / { return 200 "the old server"; }
       }
     }`,
  );
  const args = ["-e", "stderr", "-p", folder, "-c", conf];
  return { check: ["-t", ...args], run: { script: [program, ...args], ready: /start worker process/ } };
}

/** The rules stand in the .htaccess of the site, as on a rented server. */
function apache(folder: string, program: string, port: number): SetUp {
  const modules = ["mpm_event", "authz_core", "rewrite", "dir"];
  const conf = write(
    folder,
    "apache.conf",
    [
      `ServerRoot ${folder}\nDefaultRuntimeDir ${folder}\nPidFile ${folder}/pid\nErrorLog "|$cat >&2"\nLogLevel notice`,
      ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
      ...(process.getuid?.() === 0 ? ["User nobody\nGroup nogroup"] : []),
      `Listen 127.0.0.1:${port}\nServerName ${OLD}\nDocumentRoot ${folder}/site`,
      `<Directory ${folder}/site>\nOptions FollowSymLinks\nAllowOverride All\nRequire all granted\n</Directory>`,
    ].join("\n"),
  );
  write(folder, "site/index.html", "the old server");
  return {
    check: ["-t", "-f", conf],
    run: { script: [program, "-f", conf, "-DFOREGROUND"], ready: /resuming normal operations/ },
  };
}

/** With a certificate of its own making, or it would ask for one on the internet. */
function caddy(folder: string, program: string, port: number): SetUp {
  const conf = write(
    folder,
    "all",
    `{
      admin off
      local_certs
      skip_install_trust
      auto_https disable_redirects
      https_port ${port}
      storage file_system ${folder}/storage
    }
    import ${folder}/site/Caddyfile
    `,
  );
  const args = ["--adapter", "caddyfile", "--config", conf];
  return {
    check: ["validate", ...args],
    run: {
      script: [program, "run", ...args],
      env: { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
      ready: /certificate obtained successfully/,
    },
    tls: true,
  };
}

/** What WordPress does with it: includes it before everything else. */
function php(folder: string, program: string, port: number): SetUp {
  const plugin = join(folder, "site/wp-content/mu-plugins/moved.php");
  const site = write(folder, "site.php", `<?php require '${plugin}'; echo 'the old server';`);
  return {
    check: ["-l", plugin],
    run: { script: [program, "-S", `127.0.0.1:${port}`, site], ready: /Development Server .* started/ },
  };
}

function write(folder: string, name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** On the path, or where Debian has servers. */
function programAt(name: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file)) ?? null;
}
