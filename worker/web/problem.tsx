/** A page that says what is wrong and what to do. Also the first thing somebody sees of a stead that is not set up. */
export function problemPage(status: number, problem: string, cure: string): Response {
  return new Response(`${problem}\n${cure}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" },
  });
}
