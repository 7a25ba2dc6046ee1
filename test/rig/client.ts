/** Requests to a stead on its direct socket, under the name it was claimed as; `fetch` would not send another Host. */
import { Agent, request as httpRequest } from "node:http";

import { RIG_TOKEN } from "./counts.ts";

export interface Ask {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export class Client {
  readonly #port: number;
  readonly #host: string;
  readonly #agent: Agent;

  /** At most `connections` at a time, kept open. */
  constructor(port: number, origin: string, connections = 32) {
    this.#port = port;
    this.#host = new URL(origin).host;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Throws when the stead is not there or goes away meanwhile. */
  ask(ask: Ask): Promise<Answered> {
    const { promise, resolve, reject } = Promise.withResolvers<Answered>();
    const { method = "GET", path, body } = ask;
    const headers = { ...ask.headers, host: this.#host };
    const request = httpRequest(
      { host: "127.0.0.1", port: this.#port, method, path, headers, agent: this.#agent },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    request.on("error", reject).end(body);
    return promise;
  }

  /** A door of `doors.ts`. Throws when it does not answer well. */
  async rig(door: "publish" | "cron" | "sql" | "arrive" | "left", body = ""): Promise<string> {
    const answer = await this.ask({
      method: "POST",
      path: `/__rig/${door}`,
      headers: { "x-rig": RIG_TOKEN },
      body,
    });
    if (answer.status >= 300) throw new Error(`${door} answered ${answer.status}: ${answer.body}`);
    return answer.body;
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Claims a stead as its owner would, by the form. */
export async function claimStead(client: Client, secret: string): Promise<void> {
  const form = new URLSearchParams({ secret, handle: "me", name: "Me", password: "correct horse battery" });
  const answer = await client.ask({
    method: "POST",
    path: "/setup",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  if (answer.status !== 303) throw new Error(`the claim answered ${answer.status}: ${answer.body}`);
}
