/** Before the claim: every door but /setup says what is missing, and /setup takes the claim. After it neither is here any more. */
import type { Base } from "../kernel/ctx.ts";
import { PASSWORD_MIN } from "../kernel/password.ts";
import { SECRET_MIN } from "../kernel/settings.ts";
import { claim, originProblem } from "../owner/claim.ts";
import { checkSecret } from "../owner/sign-in.ts";
import { Field, Problem, readForm } from "./form.tsx";
import { page } from "./layout.tsx";
import { problemPage } from "./problem.tsx";
import { seeOther } from "./session.ts";

const FORM_MAX = 16_384;

/** What the form keeps when it comes back: never the secret, never the password. */
interface Typed {
  readonly handle: string;
  readonly name: string;
}

export async function setup(base: Base, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (!base.settings.secret) return withoutSecret();
  if (url.pathname !== "/setup") {
    return problemPage(503, "This stead is not claimed yet.", <ClaimIt />);
  }
  if (url.searchParams.has("secret") || url.searchParams.has("password")) return inTheUrl();
  if (request.method === "GET" || request.method === "HEAD") return setupPage(base, url.origin);
  if (request.method !== "POST")
    return problemPage(405, "This takes GET and POST.", "", { allow: "GET, POST" });
  return take(base, url.origin, request);
}

async function take(base: Base, origin: string, request: Request): Promise<Response> {
  const form = await readForm(request, FORM_MAX);
  if (form instanceof Response) return form;
  const typed = { handle: form.text("handle").trim().replace(/^@/, ""), name: form.text("name") };
  const from = request.headers.get("cf-connecting-ip") ?? "";
  const refused = (status: number, problem: string, headers = {}) =>
    setupPage(base, origin, { status, problem, typed, headers });
  switch (await checkSecret(base, "setup", form.raw("secret"), from)) {
    case "wrong":
      return refused(403, "This is not the secret of this stead.");
    case "too-many":
      return refused(429, "Too many wrong secrets. Try again in an hour, or with the right one now.", {
        "retry-after": "3600",
      });
    case "right":
      break;
  }
  const claimed = await claim(base, origin, { ...typed, password: form.raw("password") });
  switch (claimed.kind) {
    case "claimed":
      return seeOther("/login?claimed");
    case "taken":
      return problemPage(409, "Somebody was quicker: this stead is claimed.", <a href="/login">Sign in</a>);
    case "invalid":
      return refused(422, claimed.problem);
  }
}

interface Refused {
  readonly status: number;
  readonly problem: string;
  readonly typed: Typed;
  readonly headers: Readonly<Record<string, string>>;
}

function setupPage(base: Base, requestOrigin: string, refused?: Refused): Response {
  const origin = base.settings.origin ?? requestOrigin;
  const host = base.settings.handleDomain ?? new URL(origin).host;
  const problem = refused?.problem ?? originProblem(origin);
  return page({
    status: refused?.status ?? 200,
    headers: refused?.headers ?? {},
    title: "Claim your stead",
    body: (
      <>
        <h1>Claim your stead</h1>
        <p>
          It will live at <strong>{origin}</strong> for ever: that address is part of your identity and can
          not be changed later. People will find you as{" "}
          <strong>
            @{refused?.typed.handle || "you"}@{host}
          </strong>
          .
        </p>
        <Problem text={problem} />
        <form method="post" action="/setup" class="card">
          <Field
            label="Secret"
            name="secret"
            type="password"
            autocomplete="off"
            required
            hint="INSTANCE_SECRET, as you set it on Cloudflare. A local stead prints it when it starts."
          />
          <Field
            label="Handle"
            name="handle"
            value={refused?.typed.handle ?? ""}
            autocomplete="username"
            maxlength={30}
            required
            hint="The part before the @. Letters, digits and _, also . and - inside."
          />
          <Field
            label="Name"
            name="name"
            value={refused?.typed.name ?? ""}
            autocomplete="name"
            maxlength={100}
            hint="As others see it. You can change it at any time."
          />
          <Field
            label="Password"
            name="password"
            type="password"
            autocomplete="new-password"
            required
            hint={`At least ${PASSWORD_MIN} characters. If you lose it, the secret lets you set a new one.`}
          />
          <button>Claim this stead</button>
        </form>
      </>
    ),
  });
}

function ClaimIt() {
  return (
    <>
      If it is yours, <a href="/setup">claim it</a> with your INSTANCE_SECRET at /setup.
    </>
  );
}

function withoutSecret(): Response {
  return problemPage(
    503,
    `INSTANCE_SECRET is missing or shorter than ${SECRET_MIN} characters.`,
    <>
      Make a long random text, for example with <code>openssl rand -base64 32</code>, keep a copy, and set it:
      on Cloudflare under Settings, Variables and Secrets of this Worker, or with{" "}
      <code>npx wrangler secret put INSTANCE_SECRET</code>. On your own machine <code>npm start</code> makes
      one and prints it. Then open <a href="/setup">/setup</a>.
    </>,
  );
}

/** Addresses are kept in histories and logs. */
function inTheUrl(): Response {
  return problemPage(
    400,
    "A secret does not belong in an address.",
    "Addresses are kept in logs. Send it in the form instead; and since this one may have been kept already, set another INSTANCE_SECRET.",
  );
}
