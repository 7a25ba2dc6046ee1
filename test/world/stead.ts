/** A stead as a person has it: started by `npm start`'s script, claimed and used through its pages, without a browser. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Certificates, startTlsProxy } from "../../scripts/tls-proxy.ts";
import { atTheEnd, freePort, type Program, start, temporaryFolder } from "./processes.ts";

export const PASSWORD = "correct horse battery staple";

const ACTIVITY = "application/activity+json";

export interface SteadSettings {
  readonly name: string;
  /** Port of a TLS proxy in front of it, and the authority to trust; none: plain http on its own port. */
  readonly tls?: { readonly certificates: Certificates; readonly port: number };
}

/** What a form was answered with. */
export interface Submitted {
  readonly status: number;
  /** Where the browser would go next, as a path; empty without a redirect. */
  readonly location: string;
  readonly text: string;
}

export interface Writing {
  readonly text: string;
  readonly visibility?: string;
  readonly replyTo?: string;
}

export type Form = Readonly<Record<string, string | Blob>>;

export class Stead {
  readonly name: string;
  readonly origin: string;
  readonly #start: () => Promise<Program>;
  readonly #folder: string;
  #program: Program | null = null;
  #cookie = "";

  constructor(name: string, origin: string, folder: string, run: () => Promise<Program>) {
    this.name = name;
    this.origin = origin;
    this.#folder = folder;
    this.#start = run;
  }

  /** As it was claimed: name and handle are the same in these stories. */
  get handle(): string {
    return `${this.name}@${new URL(this.origin).host}`;
  }

  get actor(): string {
    return `${this.origin}/actor`;
  }

  get secret(): string {
    return readFileSync(join(this.#folder, "secret"), "utf8").trim();
  }

  async start(): Promise<void> {
    this.#program = await this.#start();
  }

  /** kill -9: nothing is said, nothing is put in order. */
  async kill(): Promise<void> {
    await this.#program?.stop("SIGKILL");
    this.#program = null;
  }

  async claim(name: string): Promise<void> {
    await this.does("/setup", { secret: this.secret, handle: this.name, name, password: PASSWORD });
  }

  async signIn(): Promise<void> {
    await this.does("/login", { password: PASSWORD });
    if (this.#cookie === "") throw new Error(`${this.name} was signed in without a cookie`);
  }

  /** Gives the new post's IRI: the newest that the home page offers to edit. */
  async publish(post: Writing): Promise<string> {
    await this.does("/posts", { summary: "", visibility: "public", language: "en", ...post });
    const [, id] = /\/posts\/(\d+)\/edit/.exec(await this.page("/home")) ?? [];
    if (!id) throw new Error(`${this.name} has no post to edit on /home`);
    return `${this.origin}/posts/${id}`;
  }

  /** An answer to the newest post on the home page that has these words. */
  async answer(words: RegExp, post: Writing): Promise<string> {
    const article = (await this.page("/home")).split("<article").find((one) => words.test(one));
    const [, replyTo] = /id="post-(\d+)"/.exec(article ?? "") ?? [];
    if (!replyTo) throw new Error(`${this.name} has no post with ${words} on /home`);
    return this.publish({ ...post, replyTo });
  }

  async edit(post: string, text: string): Promise<void> {
    await this.does(`${new URL(post).pathname}/edit`, { text, summary: "", language: "en" });
  }

  async delete(post: string): Promise<void> {
    await this.does(`${new URL(post).pathname}/delete`, {});
  }

  async follow(handle: string): Promise<void> {
    await this.does("/following", { handle });
  }

  async unfollow(handle: string): Promise<void> {
    await this.press("/following", handle, "Unfollow");
  }

  /** Sends the first form after `near` whose button has this label. */
  async press(path: string, near: string, label: string): Promise<void> {
    const html = await this.page(path);
    const from = html.indexOf(near);
    const form = /<form method="post" action="([^"]+)"[^>]*>(?:(?!<form)[^])*?<button[^>]*>([^<]*)/g;
    for (const [, action = "", said = ""] of from < 0 ? [] : html.slice(from).matchAll(form)) {
      if (said.trim() === label) return void (await this.does(action, {}));
    }
    throw new Error(`${this.name} finds no button "${label}" after "${near}" on ${path}`);
  }

  /** A page as the owner sees it. Throws when it is not there. */
  async page(path: string): Promise<string> {
    const answer = await this.#fetch(path, { headers: { accept: "text/html" } });
    if (answer.status !== 200) throw new Error(`${this.name} answered ${answer.status} to GET ${path}`);
    return answer.text();
  }

  /** A form, sent as a browser without scripts would send it: files make it multipart. */
  async submit(path: string, fields: Form): Promise<Submitted> {
    const form = new FormData();
    const plain = new URLSearchParams();
    for (const [name, value] of Object.entries(fields)) {
      form.append(name, value);
      if (typeof value === "string") plain.append(name, value);
    }
    const files = Object.values(fields).some((value) => typeof value !== "string");
    const headers = { accept: "text/html", origin: this.origin, "sec-fetch-site": "same-origin" };
    const answer = await this.#fetch(path, { method: "POST", body: files ? form : plain, headers });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie) this.#cookie = cookie.split(";")[0] ?? "";
    const location = answer.headers.get("location") ?? "";
    const url = URL.parse(location, this.origin);
    return {
      status: answer.status,
      location: location && url ? `${url.pathname}${url.search}` : "",
      text: await answer.text(),
    };
  }

  /** Submits, and throws with the page's words when the answer is no redirect. */
  async does(path: string, fields: Form): Promise<string> {
    const { status, location, text } = await this.submit(path, fields);
    if (status !== 303)
      throw new Error(`${this.name} answered ${status} to ${path}: ${text.slice(0, 2_000)}`);
    return location;
  }

  /** The owner's pages as JSON: a form is sent where there is one. Throws with what is wrong when it is refused. */
  async ask<T>(path: string, form?: Readonly<Record<string, string>>): Promise<T> {
    const headers = { accept: "application/json", origin: this.origin, "sec-fetch-site": "same-origin" };
    const posting = form ? { method: "POST", body: new URLSearchParams(form) } : {};
    const answer = await this.#fetch(path, { ...posting, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${this.name} answered ${answer.status} to ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  /** What a stranger's server gets. */
  async document(path: string): Promise<{ status: number; json: Readonly<Record<string, unknown>> }> {
    const answer = await fetch(`${this.origin}${path}`, { headers: { accept: ACTIVITY } });
    const text = await answer.text();
    return { status: answer.status, json: answer.ok || answer.status === 410 ? JSON.parse(text) : {} };
  }

  #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), cookie: this.#cookie };
    return fetch(`${this.origin}${path}`, { ...init, headers, redirect: "manual" });
  }
}

/** Starts one on a folder of its own, behind a TLS proxy or without. It is not claimed yet. */
export async function startStead({ name, tls }: SteadSettings): Promise<Stead> {
  const folder = temporaryFolder();
  const port = await freePort();
  const origin = tls ? `https://localhost:${tls.port}` : `http://localhost:${port}`;
  if (tls) {
    const proxy = await startTlsProxy(tls.certificates, tls.port, port);
    atTheEnd(() => proxy.close().closeAllConnections());
  }
  const env = {
    PORT: String(port),
    STATE_DIR: folder,
    ORIGIN: tls ? origin : "",
    HANDLE_DOMAIN: "",
    PLAN: "free",
    ALLOW_PRIVATE_HOSTS: "localhost",
    ...(tls ? { NODE_EXTRA_CA_CERTS: tls.certificates.ca } : {}),
  };
  const stead = new Stead(name, origin, folder, () =>
    start({ name, script: "scripts/start.ts", env, ready: /is ready on/ }),
  );
  await stead.start();
  return stead;
}
