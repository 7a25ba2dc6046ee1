/** The independent server of test/world/bot, started as a program and asked over its control port. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort, type Program, root, start } from "./processes.ts";
import { until } from "./until.ts";

const BOT = "witness";

/** An activity as the bot's inbox handed it on, after its own JSON-LD work. */
export interface Received {
  readonly type: string;
  readonly id: string;
  readonly object: unknown;
}

interface BotState {
  readonly id: string;
  readonly handle: string;
  readonly followers: readonly string[];
  readonly following: readonly string[];
  readonly pending: readonly string[];
}

/** With these it serves https; without it is plain http on localhost. */
export interface BotTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export class Bot {
  readonly origin: string;
  readonly program: Program;
  readonly #control: string;

  constructor(origin: string, control: string, program: Program) {
    this.origin = origin;
    this.#control = control;
    this.program = program;
  }

  get id(): string {
    return `${this.origin}/user/${BOT}`;
  }

  get handle(): string {
    return `${BOT}@${new URL(this.origin).host}`;
  }

  state(): Promise<BotState> {
    return this.#ask("GET", "") as Promise<BotState>;
  }

  received(type: string): Promise<readonly Received[]> {
    return this.#ask("GET", `/received?type=${type}`) as Promise<readonly Received[]>;
  }

  /** `ask` is one of the header of test/world/bot/server.mjs; gives the id of what it made. */
  async does(ask: string, said: Readonly<Record<string, unknown>>): Promise<string> {
    const { id } = (await this.#ask("POST", `/${ask}`, JSON.stringify(said))) as { id: string };
    return id;
  }

  /** The first activity of a kind that fits, as soon as it is there. */
  receives(what: string, type: string, fits: (activity: Received) => boolean): Promise<Received> {
    return until(`the bot receives ${what}`, async () => (await this.received(type)).find(fits));
  }

  async #ask(method: "GET" | "POST", path: string, body?: string): Promise<unknown> {
    const answer = await fetch(`${this.#control}/${BOT}${path}`, { method, ...(body ? { body } : {}) });
    const json: unknown = await answer.json();
    if (!answer.ok) throw new Error(`the bot can not do ${path}: ${JSON.stringify(json)}`);
    return json;
  }
}

export async function startBot(tls?: BotTls): Promise<Bot> {
  installBot();
  const [port, control] = [await freePort(), await freePort()];
  const origin = `${tls ? "https" : "http"}://localhost:${port}`;
  const program = await start({
    name: "the bot",
    script: "test/world/bot/server.mjs",
    env: {
      PORT: String(port),
      CONTROL_PORT: String(control),
      ORIGIN: origin,
      BOTS: BOT,
      ...(tls ? { TLS_CERT: tls.cert, TLS_KEY: tls.key, NODE_EXTRA_CA_CERTS: tls.ca } : {}),
    },
    ready: /^ready: /m,
  });
  return new Bot(origin, `http://127.0.0.1:${control}`, program);
}

/** The bot's packages are its own; they are fetched once. */
function installBot(): void {
  const folder = join(root, "test", "world", "bot");
  if (existsSync(join(folder, "node_modules", "@evanp", "activitypub-bot", "package.json"))) return;
  process.stdout.write(
    "Installing the independent server (npm ci --prefix test/world/bot, about 2 minutes) ...\n",
  );
  execFileSync("npm", ["ci", "--prefix", folder], { stdio: "inherit", cwd: root });
}
