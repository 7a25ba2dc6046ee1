/**
 * Settings, read once from the Worker's variables. A bad one names itself and its cure; it never half works.
 */
export interface SettingVars {
  ORIGIN?: string;
  HANDLE_DOMAIN?: string;
  PLAN?: string;
  INSTANCE_SECRET?: string;
  ALLOW_PRIVATE_HOSTS?: string;
}

export interface Settings {
  /** `https://host`, or null: pinned at the claim. */
  readonly origin: string | null;
  /** Part of the handle after the @; null: the host of the origin. */
  readonly handleDomain: string | null;
  readonly plan: "free" | "paid";
  /** Signatures one invocation may make: an RSA-2048 signature is 0.8 ms, the Free plan allows 10 ms. */
  readonly signatures: number;
  /** The one secret; null when it is missing or too short. */
  readonly secret: string | null;
  /** Names that may be fetched although they are private: local federation only. */
  readonly privateHosts: ReadonlySet<string>;
}

export type ParsedSettings = { ok: true; settings: Settings } | { ok: false; problem: string; cure: string };

/** Shortest secret taken: 22 characters of base64 are 128 bits. */
export const SECRET_MIN = 22;

const SIGNATURES = { free: 5, paid: 50 } as const;

export function parseSettings(vars: SettingVars): ParsedSettings {
  const origin = readOrigin(vars.ORIGIN ?? "");
  if (origin === false) {
    return bad(
      "ORIGIN is not an origin",
      "Set ORIGIN to https://your.domain, without a path, or leave it empty.",
    );
  }
  const plan = vars.PLAN?.trim() || "free";
  if (plan !== "free" && plan !== "paid") {
    return bad("PLAN is neither free nor paid", 'Set PLAN to "free" or "paid".');
  }
  const handleDomain = vars.HANDLE_DOMAIN?.trim().toLowerCase() || null;
  if (handleDomain && !URL.canParse(`https://${handleDomain}/`)) {
    return bad("HANDLE_DOMAIN is not a host name", "Set HANDLE_DOMAIN to your.domain, or leave it empty.");
  }
  const secret = vars.INSTANCE_SECRET ?? "";
  const privateHosts = (vars.ALLOW_PRIVATE_HOSTS ?? "")
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  return {
    ok: true,
    settings: {
      origin,
      handleDomain,
      plan,
      signatures: SIGNATURES[plan],
      secret: secret.length >= SECRET_MIN ? secret : null,
      privateHosts: new Set(privateHosts),
    },
  };
}

/**
 * ALLOW_PRIVATE_HOSTS would open the owner's network to the whole fediverse, so it counts only where the stead itself lives
 * under a local name. Null: nothing is wrong.
 */
export function privateHostsProblem(
  settings: Settings,
  origin: string,
): { problem: string; cure: string } | null {
  if (settings.privateHosts.size === 0 || isLocalOrigin(origin)) return null;
  return {
    problem: `ALLOW_PRIVATE_HOSTS is set, and ${origin} is not a local name`,
    cure: "Remove ALLOW_PRIVATE_HOSTS: it is for trying out federation on one machine.",
  };
}

/** localhost, loopback addresses, and the names reserved for testing (RFC 6761). */
export function isLocalOrigin(origin: string): boolean {
  const name = new URL(origin).hostname;
  return /(^|\.)(localhost|test)$/.test(name) || name === "127.0.0.1" || name === "[::1]";
}

function readOrigin(value: string): string | null | false {
  const text = value.trim().replace(/\/$/, "");
  if (text === "") return null;
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.origin !== text.toLowerCase()) return false;
  return url.protocol === "https:" || isLocalOrigin(url.origin) ? url.origin : false;
}

function bad(problem: string, cure: string): ParsedSettings {
  return { ok: false, problem, cure };
}
