/** A page that says what is wrong and what to do. Also the first thing somebody sees of a stead that is not set up. */
import type { Child } from "hono/jsx";

import { page } from "./layout.tsx";

/** `cure` may be empty where nothing can be done. */
export function problemPage(
  status: number,
  problem: string,
  cure: Child,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return page({
    status,
    headers,
    title: problem,
    body: (
      <>
        <h1>{problem}</h1>
        {cure !== "" && <p>{cure}</p>}
      </>
    ),
  });
}
