/**
 * A fake fediverse in one isolate with the stead: every `fetch` that leaves ends here. What is asked of a host that is not in it
 * fails the test.
 */
import { expect, vi } from "vitest";

export type Handler = (request: Request) => Response | Promise<Response>;

export interface Recorded {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly status: number;
}

export class World {
  readonly requests: Recorded[] = [];
  readonly unexpected: string[] = [];
  readonly #hosts = new Map<string, Handler>();

  constructor() {
    vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => this.#answer(new Request(input, init)));
  }

  host(name: string, handler: Handler): void {
    this.#hosts.set(name, handler);
  }

  /** What has left since the last call, or since the beginning. */
  take(): Recorded[] {
    return this.requests.splice(0);
  }

  /** No request went where nobody was expected. */
  assertNothingUnexpected(): void {
    expect(this.unexpected).toEqual([]);
  }

  async #answer(request: Request): Promise<Response> {
    const { host } = new URL(request.url);
    const handler = this.#hosts.get(host);
    const body = await request.clone().text();
    if (!handler) {
      this.unexpected.push(`${request.method} ${request.url}`);
      throw new TypeError(`nobody lives at ${host}`);
    }
    const answered = await settled(handler, request);
    const { method, url, headers } = request;
    if (answered instanceof Response) {
      this.requests.push({ method, url, headers, body, status: answered.status });
      return answered;
    }
    this.requests.push({ method, url, headers, body, status: 0 });
    throw answered.fault;
  }
}

async function settled(handler: Handler, request: Request): Promise<Response | { fault: unknown }> {
  try {
    return await handler(request);
  } catch (fault) {
    return { fault };
  }
}
