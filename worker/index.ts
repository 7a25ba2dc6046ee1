import { DurableObject } from "cloudflare:workers";
export class Mailroom extends DurableObject {
  async poke() { const r = await fetch("https://x.test/"); return [await r.text(), Date.now()]; }
}
export default {
  async fetch(request: Request, env: any) {
    const u = new URL(request.url);
    if (u.pathname === "/q") { await env.DELIVERIES.send({ a: 1 }); return new Response("sent"); }
    return Response.json(await env.MAILROOM.getByName("a").poke());
  },
  async queue(batch: MessageBatch) { console.log("queue", batch.messages.length); await fetch("https://q.test/"); },
};
