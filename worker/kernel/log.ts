/** Structured log: one JSON line an event. Never give it a body, a key, a token or a password. */
export interface Log {
  info(event: string, facts?: Record<string, unknown>): void;
  warn(event: string, facts?: Record<string, unknown>): void;
  error(event: string, cause: unknown, facts?: Record<string, unknown>): void;
}

export const consoleLog: Log = {
  info: (event, facts) => console.log(JSON.stringify({ event, ...facts })),
  warn: (event, facts) => console.warn(JSON.stringify({ event, ...facts })),
  error: (event, cause, facts) => console.error(JSON.stringify({ event, ...facts, cause: describe(cause) })),
};

/** The text of a fault with the chain of its causes, for the log only. */
export function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const inner = cause.cause === undefined ? "" : ` <- ${describe(cause.cause)}`;
  return `${cause.name}: ${cause.message}${inner}`;
}
