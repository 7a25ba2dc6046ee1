/** Cron's minute, as the platform calls it. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";

import worker from "../../worker/index.ts";
import { env, type Stead } from "../fediverse/stead.ts";

/** What is due now is done, and told. */
export async function minute(stead: Stead): Promise<void> {
  const controller = { scheduledTime: Date.now(), cron: "* * * * *", noRetry() {} } as ScheduledController;
  const context = createExecutionContext();
  await worker.scheduled(controller, env, context);
  await waitOnExecutionContext(context);
  await stead.settle();
}
