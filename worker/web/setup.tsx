/** Before the claim: every door but /setup says what is missing. */
import type { Base } from "../kernel/ctx.ts";
import { claim } from "../owner/claim.ts";
import { checkSecret } from "../owner/sign-in.ts";
import { problemPage } from "./problem.tsx";

export async function setup(base: Base, request: Request): Promise<Response> {
  if (!base.settings.secret)
    return problemPage(503, "INSTANCE_SECRET is missing or shorter than 22 characters.", "Set the secret.");
  const url = new URL(request.url);
  if (url.pathname !== "/setup")
    return problemPage(503, "This stead is not claimed yet.", `Open ${url.origin}/setup.`);
  if (request.method !== "POST") return problemPage(200, "setup form", "");
  const form = await request.formData();
  const text = (name: string) => String(form.get(name) ?? "");
  const check = await checkSecret(
    base,
    "setup",
    text("secret"),
    request.headers.get("cf-connecting-ip") ?? "",
  );
  if (check !== "right") return problemPage(check === "wrong" ? 403 : 429, "wrong secret", "");
  const claimed = await claim(base, url.origin, {
    handle: text("handle"),
    name: text("name"),
    password: text("password"),
  });
  switch (claimed.kind) {
    case "claimed":
      return new Response(null, { status: 303, headers: { location: `${claimed.origin}/login` } });
    case "taken":
      return problemPage(409, "This stead is claimed already.", "");
    case "invalid":
      return problemPage(422, claimed.problem, "");
  }
}
