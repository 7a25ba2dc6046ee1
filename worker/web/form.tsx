/** What browsers and curl send as forms, read with a cap. */
import { cleanText } from "../kernel/html-text.ts";
import { readCapped } from "../kernel/safe-fetch.ts";
import { problemPage } from "./problem.tsx";

/** Of a form with text only, in bytes: the longest post in UTF-8, urlencoded. */
const TEXT_FORM_MAX = 262_144;

export class Form {
  readonly #data: FormData;
  constructor(data: FormData) {
    this.#data = data;
  }

  /** Exactly as typed, "" when it is missing: for secrets and passwords. */
  raw(name: string): string {
    const value = this.#data.get(name);
    return typeof value === "string" ? value : "";
  }

  /** As we keep text: LF, no control characters. */
  text(name: string): string {
    return cleanText(this.raw(name));
  }

  all(name: string): string[] {
    return this.#data.getAll(name).map((value) => (typeof value === "string" ? cleanText(value) : ""));
  }

  checked(name: string): boolean {
    return this.#data.has(name);
  }

  /** The name an uploaded file has where it comes from; "" when none was chosen. */
  fileName(name: string): string {
    const value = this.#data.get(name) as unknown;
    return value instanceof File ? cleanText(value.name) : "";
  }

  /** The bytes of an uploaded file; null when none was chosen. */
  async file(name: string): Promise<ArrayBuffer | null> {
    const value = this.#data.get(name) as unknown;
    return value instanceof File && value.size > 0 ? value.arrayBuffer() : null;
  }
}

/** Urlencoded or multipart. Anything else, or more than `max` bytes, comes back as the page that says so. */
export async function readForm(request: Request, max = TEXT_FORM_MAX): Promise<Form | Response> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) {
    return problemPage(415, "This takes a form.", "Send it urlencoded or as multipart/form-data.");
  }
  const bytes = await readCapped(request.body, max);
  if (!bytes) return problemPage(413, `A form may have at most ${Math.round(max / 1_000)} KB.`, "");
  try {
    return new Form(await new Response(bytes, { headers: { "content-type": type } }).formData());
  } catch {
    return problemPage(400, "This form can not be read.", "");
  }
}

/** One labelled input. */
export function Field(props: {
  label: string;
  name: string;
  hint?: string;
  value?: string;
  type?: "text" | "password" | "url";
  required?: boolean;
  autocomplete?: string;
  maxlength?: number;
}) {
  const { label, hint, name, type = "text", ...rest } = props;
  const plain = NO_PROSE.has(rest.autocomplete ?? "")
    ? ({ autocapitalize: "none", spellcheck: false } as const)
    : {};
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type={type}
        {...plain}
        {...rest}
        {...(hint ? { "aria-describedby": `${name}-hint` } : {})}
      />
      {hint && (
        <span class="hint" id={`${name}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}

const NO_PROSE = new Set(["off", "username"]);

/** Says what is wrong, above the form that keeps what was typed. */
export function Problem({ text }: { text: string | null }) {
  return text === null ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  );
}
