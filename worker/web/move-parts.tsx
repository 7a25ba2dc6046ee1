/** Small pieces of the pages about a move. */
import type { Context } from "hono";

/** 12,345 */
export const number = (value: number) => value.toLocaleString("en");

export const servers = (count: number) => (count === 1 ? "1 server" : `${number(count)} servers`);

/** Whether the page may come again by itself: `?refresh=off` stops it (WCAG 2.2, 2.2.2). */
export const refreshing = (c: Context) => c.req.query("refresh") !== "off";

export function Refresh({ path, on, seconds }: { path: string; on: boolean; seconds: number }) {
  return (
    <p class="soft small">
      {on ? (
        <>
          {`This page comes again every ${seconds} seconds. `}
          <a href={`${path}?refresh=off`}>Let it stand</a>
        </>
      ) : (
        <>
          {"This page stands still. "}
          <a href={path}>Let it come again by itself</a>
        </>
      )}
    </p>
  );
}
