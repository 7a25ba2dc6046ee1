/**
 * The mover: one for the stead. Its alarm does what a move needs, one step at a time, and sleeps until the next is due. Thin: the steps and
 * their state are in `moving/` and D1, so nothing is lost with this object.
 */
import { DurableObject } from "cloudflare:workers";

import type { Env } from "../env.ts";
import { MINUTE, systemClock } from "../kernel/clock.ts";
import { consoleLog } from "../kernel/log.ts";
import { moveOn } from "../moving/move-on.ts";
import { bindClaimed } from "./bindings.ts";

/** After a fault of ours. */
const AGAIN = 1 * MINUTE;

export class Mover extends DurableObject<Env> {
  /** Sets the alarm to now. 1 row, or none when it is due already. */
  async wake(): Promise<void> {
    await this.#arm(systemClock());
  }

  override async alarm(): Promise<void> {
    try {
      const ctx = await bindClaimed(this.env, (work) => this.ctx.waitUntil(work));
      const next = await moveOn(ctx);
      if (next !== null) await this.#arm(next);
    } catch (cause) {
      consoleLog.error("mover alarm", cause);
      await this.#arm(systemClock() + AGAIN);
    }
  }

  async #arm(at: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }
}
