/** The owner with a list of their old followers: how it is given, and what the mover makes of it. */
import { vi } from "vitest";

import { DAY, SECOND } from "../../worker/kernel/clock.ts";
import { moveOn } from "../../worker/moving/move-on.ts";
import { Browser, type Page } from "../web/browser.ts";
import { rows } from "./rows.ts";
import { Stead } from "./stead.ts";

export interface Job {
  readonly state: string;
  readonly found: number;
  readonly problem: string | null;
  readonly token: string | null;
}

export interface ExpectedRow {
  readonly iri: string | null;
  readonly address: string | null;
  readonly host: string;
}

/** Time stands until it is moved, a day ahead of the real clock, so that no alarm rings by itself. */
export class Listing {
  readonly stead: Stead;
  readonly owner: Browser;

  private constructor(stead: Stead, owner: Browser) {
    this.stead = stead;
    this.owner = owner;
  }

  static async begun(): Promise<Listing> {
    const stead = await Stead.claimed();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
    return new Listing(stead, await Browser.signedIn(stead));
  }

  upload(name: string, text: string): Promise<Page> {
    return this.owner.post("/move/list/file", { file: new File([text], name) });
  }

  fetchFrom(account: string, token = ""): Promise<Page> {
    return this.owner.post("/move/list/fetch", { account, token });
  }

  /** Lets the mover work for that long, as its alarms would. */
  async work(ms = 30 * SECOND): Promise<void> {
    const end = Date.now() + ms;
    for (let round = 0; round < 400; round++) {
      const next = await moveOn(await this.stead.ctx());
      if (next === null || next > end) return;
      vi.setSystemTime(Math.max(next, Date.now()));
    }
    throw new Error("the mover does not come to rest");
  }

  async job(): Promise<Job> {
    return (await rows<Job>("SELECT * FROM list_jobs ORDER BY id DESC LIMIT 1"))[0]!;
  }

  expected(): Promise<ExpectedRow[]> {
    return rows<ExpectedRow>("SELECT iri, address, host FROM expected ORDER BY coalesce(address, iri)");
  }
}
