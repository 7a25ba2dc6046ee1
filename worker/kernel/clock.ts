import type { UnixMs } from "./brand.ts";

/** Tells the time. Injected everywhere, so that a test can live through a week in a second. */
export type Clock = () => UnixMs;

export const systemClock: Clock = () => Date.now() as UnixMs;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
