/** What `npm start` takes from the environment, checked before anything is started. Pure. */

export interface LocalSettings {
  readonly port: number;
  /** Folder of everything this stead keeps: secret, database, Durable Objects. As given, not resolved. */
  readonly stateDir: string;
  /** Wrangler's log level; "error" shows faults only, "log" each request as well. */
  readonly log: string;
  /** The Worker's variables without the secret. Always complete, so that an edited wrangler.toml cannot reach a local run. */
  readonly vars: Readonly<Record<string, string>>;
  /** A secret for this run instead of the kept one; null: the kept one. */
  readonly secret: string | null;
  /** `https://host` of ORIGIN; null when it is empty or plain http. */
  readonly tlsOrigin: string | null;
}

export type ReadSettings = { ok: true; settings: LocalSettings } | { ok: false; problem: string };

const LOG_LEVELS = ["none", "error", "warn", "log", "debug"];

export function readLocalSettings(env: Readonly<Record<string, string | undefined>>): ReadSettings {
  const port = env["PORT"] || "8787";
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return { ok: false, problem: `PORT is "${port}". Set it to a number from 1 to 65535.` };
  }
  const log = env["LOG"] || "error";
  if (!LOG_LEVELS.includes(log)) {
    return { ok: false, problem: `LOG is "${log}". Set it to one of ${LOG_LEVELS.join(", ")}.` };
  }
  const vars = {
    ORIGIN: env["ORIGIN"] ?? "",
    HANDLE_DOMAIN: env["HANDLE_DOMAIN"] ?? "",
    PLAN: env["PLAN"] || "free",
    ALLOW_PRIVATE_HOSTS: env["ALLOW_PRIVATE_HOSTS"] ?? "",
  };
  const secret = env["INSTANCE_SECRET"] ?? null;
  for (const [name, value] of Object.entries({ ...vars, INSTANCE_SECRET: secret ?? "" })) {
    if (/['\r\n]/.test(value))
      return { ok: false, problem: `${name} holds a quote or a line break. Set it without.` };
  }
  const tlsOrigin = /^https:\/\/[^/]+/i.exec(vars.ORIGIN)?.[0] ?? null;
  return {
    ok: true,
    settings: { port: Number(port), stateDir: env["STATE_DIR"] || ".state", log, vars, secret, tlsOrigin },
  };
}

/** The text of an env file for Wrangler: values in single quotes, and `$` kept from being expanded. */
export function envFile(vars: Readonly<Record<string, string>>): string {
  return Object.entries(vars)
    .map(([name, value]) => `${name}='${value.replaceAll("$", "\\$")}'\n`)
    .join("");
}
