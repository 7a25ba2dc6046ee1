/** What a deploy has to do, decided from what is there already. Pure: `deploy.ts` looks, asks this, and runs the steps. */

export interface DeployFacts {
  /** False: Wrangler has neither a login nor a token. */
  readonly signedIn: boolean;
  /** Queues that wrangler.toml names, each with whether it was seen in the account. */
  readonly queues: readonly { readonly name: string; readonly exists: boolean }[];
  readonly media: MediaFacts;
  readonly database: { readonly name: string; readonly exists: boolean };
  /** `[vars]` of wrangler.toml. */
  readonly fileVars: Readonly<Record<string, string>>;
  /** Plain variables of the Worker as it runs now; empty before the first deploy. */
  readonly liveVars: Readonly<Record<string, string>>;
}

/**
 * The bucket for pictures. "bound": the Worker that runs has it, so the next one must, or its pictures would be gone. "off": R2 is not turned on,
 * or we may not look.
 */
export interface MediaFacts {
  readonly kind: "bound" | "there" | "can be made" | "off";
  readonly bucket: string;
}

export interface Step {
  readonly title: string;
  /** Arguments for Wrangler. */
  readonly args: readonly string[];
  /**
   * Creating may fail because it is there after all (the listing was not allowed, or two deploys run at once);
   * then the next step finds out. Any other failed step ends the deploy.
   */
  readonly mayFail: boolean;
  /** Whether it gets the terminal: the last step may have to ask, for a new account has no workers.dev name yet. */
  readonly mayAsk: boolean;
  /** Makes the bucket: when it fails, the Worker is deployed without. */
  readonly makesMedia?: true;
  /** Arguments for a deploy without the bucket. */
  readonly argsWithout?: readonly string[];
}

export type DeployPlan =
  | { readonly kind: "refused"; readonly problem: string }
  | { readonly kind: "go"; readonly steps: readonly Step[] };

/** The values `[vars]` is shipped with. */
const SHIPPED_VARS: Readonly<Record<string, string>> = { ORIGIN: "", HANDLE_DOMAIN: "", PLAN: "free" };

/**
 * Queues and database first, then the migrations, the code last: code never meets a schema older than itself, whether the
 * database was there (the deploy button makes it) or not (a first deploy by hand). A second run creates nothing.
 */
export function planDeploy(facts: DeployFacts): DeployPlan {
  if (!facts.signedIn) {
    return {
      kind: "refused",
      problem:
        "You are not signed in to Cloudflare. Run npx wrangler login (or set CLOUDFLARE_API_TOKEN), then npm run deploy again.",
    };
  }
  const steps = facts.queues
    .filter((queue) => !queue.exists)
    .map(({ name }) => create(`Create the queue ${name}`, ["queues", "create", name]));
  if (!facts.database.exists) {
    const { name } = facts.database;
    steps.push(create(`Create the database ${name}`, ["d1", "create", name, "--update-config=false"]));
  }
  const { kind, bucket } = facts.media;
  if (kind === "can be made")
    steps.push({
      ...create(`Create the bucket ${bucket}`, ["r2", "bucket", "create", bucket]),
      makesMedia: true,
    });
  const kept = keptVars(facts.fileVars, facts.liveVars);
  const names =
    kept.length === 0
      ? ""
      : `, keeping ${kept.map(([name, value]) => `${name}=${value}`).join(" ")} as set in the dashboard`;
  steps.push(
    {
      title: "Bring the database up to date",
      args: ["d1", "migrations", "apply", "DB", "--remote"],
      mayFail: false,
      mayAsk: false,
    },
    {
      title: `Deploy the Worker${names}`,
      ...deployArgs(kind, kept),
      mayFail: false,
      mayAsk: true,
    },
  );
  return { kind: "go", steps };
}

function deployArgs(
  media: MediaFacts["kind"],
  kept: readonly (readonly [string, string])[],
): Pick<Step, "args" | "argsWithout"> {
  const plain = ["deploy", ...kept.flatMap(([name, value]) => ["--var", `${name}:${value}`])];
  if (media === "off") return { args: plain };
  const args = [...plain, "--config", MEDIA_CONFIG];
  return media === "can be made" ? { args, argsWithout: plain } : { args };
}

/** wrangler.toml with the bucket in it, written for the time of a deploy. */
export const MEDIA_CONFIG = "wrangler.media.toml";

/**
 * The text of wrangler.toml with the lines for the bucket no longer a comment. `root`: the folder its paths are meant from, when it is to lie
 * elsewhere.
 */
export function withMedia(toml: string, bucket: string | null = null, root: string | null = null): string {
  const opened = toml.replaceAll(/^#r2 /gm, "");
  const named =
    bucket === null ? opened : opened.replace(/^(bucket_name = ).*$/m, `$1${JSON.stringify(bucket)}`);
  if (root === null) return named;
  return named
    .replaceAll(/^(main|migrations_dir) = "(.*)"$/gm, (_, name: string, path: string) => {
      return `${name} = ${JSON.stringify(`${root}/${path}`)}`;
    })
    .replaceAll(/(?<=^alias = .*)"\.\/(.*?)"/gm, (_, path: string) => JSON.stringify(`${root}/${path}`));
}

/**
 * Variables to hold on to, [name, value]. Cloudflare's `keep_vars` keeps what the file does not name; for a name that is in
 * the file the file wins. So where the file still has the shipped value, the one that runs now is passed on.
 */
function keptVars(
  fileVars: Readonly<Record<string, string>>,
  liveVars: Readonly<Record<string, string>>,
): readonly (readonly [string, string])[] {
  return Object.entries(SHIPPED_VARS).flatMap(([name, shipped]) => {
    const live = liveVars[name];
    return fileVars[name] === shipped && live !== undefined && live !== shipped
      ? [[name, live] as const]
      : [];
  });
}

/** Names of plain variables with their values, out of what `wrangler versions view ID --json` prints. */
export function plainVars(version: unknown): Record<string, string> {
  const vars: Record<string, string> = {};
  for (const binding of bindingsOf(version)) {
    if (binding.type === "plain_text" && typeof binding.text === "string")
      vars[String(binding.name)] = binding.text;
  }
  return vars;
}

/** The bucket that this version keeps pictures in; null: none. */
export function mediaBucket(version: unknown): string | null {
  const found = bindingsOf(version).find(({ type, name }) => type === "r2_bucket" && name === "MEDIA");
  return typeof found?.bucket_name === "string" ? found.bucket_name : null;
}

interface Binding {
  readonly type?: unknown;
  readonly name?: unknown;
  readonly text?: unknown;
  readonly bucket_name?: unknown;
}

function bindingsOf(version: unknown): readonly Binding[] {
  const bindings = (version as { resources?: { bindings?: unknown } } | null)?.resources?.bindings;
  return Array.isArray(bindings) ? (bindings as Binding[]) : [];
}

function create(title: string, args: readonly string[]): Step {
  return { title, args, mayFail: true, mayAsk: false };
}
