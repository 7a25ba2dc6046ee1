/** The password once more: for what could give the owner's followers away, a session alone is not enough. */
import type { Context } from "hono";

import { confirm, isFresh } from "../owner/sign-in.ts";
import { Field, type Form } from "./form.tsx";
import { sessionOf, type WebEnv } from "./session.ts";
import { addressOf } from "./sign-in.tsx";

export interface Unconfirmed {
  readonly status: 403 | 429;
  readonly problem: string;
}

/** Why the form is not obeyed; null when the password was given within the last 5 minutes, here or at the door. */
export async function unconfirmed(c: Context<WebEnv>, form: Form): Promise<Unconfirmed | null> {
  const { ctx } = c.var;
  const session = await sessionOf(c);
  if (!session) return { status: 403, problem: "Sign in first." };
  if (isFresh(ctx, session)) return null;
  const password = form.raw("password");
  if (password === "") return { status: 403, problem: "Type your password as well." };
  switch (await confirm(ctx, session, password, addressOf(c))) {
    case "right":
      return null;
    case "wrong":
      return { status: 403, problem: "This is not the password." };
    case "too-many":
      return { status: 429, problem: "Too many wrong passwords. Try again in an hour." };
  }
}

/** Whether a form needs the password. */
export async function asksPassword(c: Context<WebEnv>): Promise<boolean> {
  const session = await sessionOf(c);
  return session === null || !isFresh(c.var.ctx, session);
}

/** Stands in a form where `asks`; nothing where the password was just given. */
export function PasswordField({ asks }: { asks: boolean }) {
  if (!asks) return null;
  return (
    <Field
      label="Password"
      name="password"
      type="password"
      autocomplete="current-password"
      required
      hint="Once more: this decides to whom your followers go."
    />
  );
}
