/**
 * What an app sends, whatever way it sends it: one tree out of query and body. Apps write the same thing as `id[]=1`, `id=1&id=2` or JSON's
 * `{"id": [1]}`; as `a[b][0][c]`, `a[][c]` or nested objects; yes as `1`, `true`, `True` or `on`; in bodies that are urlencoded, multipart,
 * JSON, or of a type nobody named. What a route does not know is passed over.
 */
import { cleanText } from "../kernel/html-text.ts";
import { readCapped } from "../kernel/safe-fetch.ts";

/** A body without files, in bytes: the longest post in UTF-8, urlencoded. */
const BODY_MAX = 262_144;
/** Names in one request, and brackets or braces within each other. */
const ENTRIES_MAX = 1_000;
const DEPTH_MAX = 8;

type Leaf = string | number | boolean | null | File;
type Value = Leaf | Value[] | Tree;
/** Without a prototype, so that no name means more than itself. */
interface Tree {
  [name: string]: Value | undefined;
}

const emptyTree = (): Tree => Object.create(null) as Tree;
const isTree = (value: Value | undefined): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof File);

/** Rails' own list of what is no (ActiveModel::Type::Boolean). */
const NO: ReadonlySet<string> = new Set(["0", "f", "false", "off", "no"]);

export class Params {
  readonly #tree: Tree;
  constructor(tree: Tree = emptyTree()) {
    this.#tree = tree;
  }

  has(name: string): boolean {
    return this.#tree[name] !== undefined;
  }

  /** Exactly as sent, of several the last; "" when it is missing or no text: for secrets, codes and addresses. */
  raw(name: string): string {
    const value = this.#tree[name];
    return textOf(Array.isArray(value) ? value.at(-1) : value) ?? "";
  }

  /** As we keep text: LF, no control characters. Null when it is missing. */
  text(name: string): string | null {
    const value = this.#tree[name];
    const text = textOf(Array.isArray(value) ? value.at(-1) : value);
    return text === null ? null : cleanText(text);
  }

  /** All that were sent under the name, in order, but empty ones: `a[]=`, `a=` again and again, `a[0]=`, or JSON. */
  texts(name: string): string[] {
    const value = this.#tree[name];
    return (isTree(value) ? numbered(value) : listOf(value))
      .map((one) => textOf(one))
      .filter((text) => text !== null && text !== "") as string[];
  }

  /** Null when it is missing or empty. */
  flag(name: string): boolean | null {
    const text = this.raw(name).trim().toLowerCase();
    return text === "" ? null : !NO.has(text);
  }

  /** A whole number kept within the bounds; `otherwise` when it is missing or none. */
  number(name: string, { min, max, otherwise }: { min: number; max: number; otherwise: number }): number {
    const text = this.raw(name).trim();
    return /^-?\d{1,15}$/.test(text) ? Math.min(max, Math.max(min, Number(text))) : otherwise;
  }

  /** An uploaded file; null when it is missing, empty, or sent as text. */
  file(name: string): File | null {
    const value = this.#tree[name];
    return value instanceof File && value.size > 0 ? value : null;
  }

  /** What is nested under the name; null when nothing is. */
  within(name: string): Params | null {
    const value = this.#tree[name];
    return isTree(value) ? new Params(value) : null;
  }

  /** A list of nested ones: `a[][b]`, JSON, or `a[0][b]` in the order of their numbers. */
  list(name: string): Params[] {
    const value = this.#tree[name];
    const all = isTree(value) ? numbered(value) : listOf(value);
    return all.filter(isTree).map((tree) => new Params(tree));
  }
}

/** `a[0]`, `a[1]`: in the order of their numbers. */
const numbered = (tree: Tree): Value[] =>
  Object.entries(tree)
    .filter(([index]) => /^\d{1,9}$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .flatMap(([, one]) => (one === undefined ? [] : [one]));

function textOf(value: Value | undefined): string | null {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
      return String(value);
    default:
      return null;
  }
}

const listOf = (value: Value | undefined): Value[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

export type ReadParams =
  | { kind: "params"; params: Params }
  /** 400 */
  | { kind: "unreadable"; problem: string }
  /** 413 */
  | { kind: "too-large"; max: number };

class Unreadable extends Error {}

/** The query alone. */
export function readQuery(request: Request): ReadParams {
  try {
    return { kind: "params", params: new Params(treeOf(new URL(request.url).searchParams)) };
  } catch (cause) {
    if (cause instanceof Unreadable) return { kind: "unreadable", problem: cause.message };
    throw cause;
  }
}

/** Query and body in one; a name in both is the body's. The body is read up to `max` bytes. */
export async function readParams(request: Request, max = BODY_MAX): Promise<ReadParams> {
  try {
    const tree = treeOf(new URL(request.url).searchParams);
    if (request.method === "GET" || request.method === "HEAD")
      return { kind: "params", params: new Params(tree) };
    const bytes = await readCapped(request.body, max);
    if (!bytes) return { kind: "too-large", max };
    const body = await bodyTree(bytes, request.headers.get("content-type") ?? "");
    return { kind: "params", params: new Params(Object.assign(tree, body)) };
  } catch (cause) {
    if (cause instanceof Unreadable) return { kind: "unreadable", problem: cause.message };
    throw cause;
  }
}

async function bodyTree(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Tree> {
  if (/^multipart\/form-data\b/i.test(type)) {
    const form = await new Response(bytes, { headers: { "content-type": type } })
      .formData()
      .catch(() => null);
    if (!form) throw new Unreadable("The form can not be read");
    return treeOf(form);
  }
  const text = new TextDecoder().decode(bytes);
  // A missing type, and text/plain as fetch() names a bare string: what it looks like is what it is.
  const urlencoded = /^application\/x-www-form-urlencoded\b/i.test(type);
  const isJson = /^application\/(?:[\w.-]+\+)?json\b/i.test(type) || (!urlencoded && /^\s*\{/.test(text));
  return isJson ? jsonTree(text) : treeOf(new URLSearchParams(text));
}

function jsonTree(text: string): Tree {
  if (text.trim() === "") return emptyTree();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unreadable("The JSON can not be read");
  }
  const tree = copied(value, 0);
  if (!isTree(tree)) throw new Unreadable("The JSON is no object");
  return tree;
}

function copied(value: unknown, depth: number): Value {
  if (depth > DEPTH_MAX) throw new Unreadable("The parameters are nested too deeply");
  if (Array.isArray(value)) return value.map((one) => copied(one, depth + 1));
  if (typeof value !== "object" || value === null) return value as Leaf;
  const tree = emptyTree();
  for (const [name, one] of Object.entries(value)) tree[name] = copied(one, depth + 1);
  return tree;
}

function treeOf(entries: Iterable<[string, string | File]>): Tree {
  const tree = emptyTree();
  let count = 0;
  for (const [name, value] of entries) {
    if (++count > ENTRIES_MAX) throw new Unreadable("There are too many parameters");
    insert(tree, pathIn(name), value);
  }
  return tree;
}

/** `a[b][0][]` is a, b, 0 and "", which stands for the next of a list. What is written otherwise is one name. */
function pathIn(name: string): [string, ...string[]] {
  const [, first, brackets = ""] = /^([^[\]]+)((?:\[[^[\]]*\])+)$/.exec(name) ?? [];
  if (first === undefined) return [name];
  const rest = brackets.slice(1, -1).split("][");
  if (rest.length > DEPTH_MAX) throw new Unreadable("The parameters are nested too deeply");
  return [first, ...rest];
}

function insert(at: Tree, [name, next, ...rest]: [string, ...string[]], value: Leaf): void {
  const before = at[name];
  if (next === undefined) {
    if (before === undefined) at[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else if (!isTree(before)) at[name] = [before, value];
  } else if (next !== "") {
    const inner = isTree(before) ? before : emptyTree();
    at[name] = inner;
    insert(inner, [next, ...rest], value);
  } else {
    const list = listOf(before);
    at[name] = list;
    const [member, ...deeper] = rest;
    if (member === undefined) {
      list.push(value);
      return;
    }
    const last = list.at(-1);
    const open = isTree(last) && last[member] === undefined ? last : emptyTree();
    if (open !== last) list.push(open);
    insert(open, [member, ...deeper], value);
  }
}
