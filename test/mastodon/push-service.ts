/** A push service of the cast, and what an app subscribes with there. */
import * as v from "valibot";

import type { World } from "../fediverse/world.ts";
import { pushed } from "./contracts/push.ts";
import { openPush, type Phone } from "./phone.ts";

export type Pushed = v.InferOutput<typeof pushed>;

interface Arrived {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export class PushService {
  readonly name: string;
  /** What it took, in order. */
  readonly arrived: Arrived[] = [];
  /** Times that something was brought, taken or not. */
  knocks = 0;
  answer: () => Response = () => new Response(null, { status: 201 });

  constructor(world: World, name = "push.test") {
    this.name = name;
    world.host(name, async (request) => {
      this.knocks++;
      const answer = this.answer();
      if (!answer.ok) return answer;
      const { pathname } = new URL(request.url);
      const body = new Uint8Array(await request.arrayBuffer());
      this.arrived.push({ path: pathname, headers: Object.fromEntries(request.headers), body });
      return answer;
    });
  }

  endpoint(path: string): string {
    return `https://${this.name}${path}`;
  }

  /** What was pushed to that phone, opened and held against its contract, since the last time. */
  async opened(phone: Phone, path: string): Promise<Pushed[]> {
    const mine = this.arrived.filter((one) => one.path === path);
    for (const one of mine) this.arrived.splice(this.arrived.indexOf(one), 1);
    const texts = await Promise.all(mine.map(({ headers, body }) => openPush(phone, headers, body)));
    return texts.map((text) => v.parse(pushed, JSON.parse(text)));
  }
}

/** What apps send to subscribe; alerts that are named are wanted. */
export function wish(
  phone: Phone,
  endpoint: string,
  alerts: readonly string[],
  more: Record<string, unknown> = {},
) {
  return {
    subscription: {
      endpoint,
      keys: phone.keys,
      ...("standard" in more ? { standard: more["standard"] } : {}),
    },
    data: {
      alerts: Object.fromEntries(alerts.map((alert) => [alert, true])),
      ...("policy" in more ? { policy: more["policy"] } : {}),
    },
  };
}
