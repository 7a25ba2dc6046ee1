/** Small pieces that many pages show. */
import type { SafeHtml, UnixMs } from "../kernel/brand.ts";
import { safeHref } from "../kernel/link-host.ts";
import { handleOf, type Peer } from "../model/peer.ts";

/** The only place where HTML goes into a page as HTML; the brand says that it was sanitised or composed by us. */
export function Html({
  html,
  lang,
  large = false,
}: {
  html: SafeHtml;
  lang?: string | null;
  large?: boolean;
}) {
  return (
    <div
      class={large ? "content large" : "content"}
      dir="auto"
      {...(lang ? { lang } : {})}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** In UTC: without a script the page can not know where its reader is. */
export function When({ at }: { at: UnixMs }) {
  const date = new Date(at);
  const day = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
  return <time datetime={date.toISOString()}>{`${day}, ${date.toISOString().slice(11, 16)} UTC`}</time>;
}

/** The first letter of a name. A peer's own picture would tell its server who reads what, and when. */
export function Initial({ name }: { name: string }) {
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? "?";
  return (
    <span class="face" aria-hidden="true">
      {letter.toUpperCase()}
    </span>
  );
}

/** A remote account: name, handle, and a link to its own page when that is a safe one. */
export function Person({ peer }: { peer: Peer }) {
  const href = safeHref(peer.url ?? peer.iri);
  const name = <bdi class="name">{peer.name || peer.username || handleOf(peer)}</bdi>;
  return (
    <>
      {href === null ? (
        name
      ) : (
        <a href={href} rel="noopener noreferrer">
          {name}
        </a>
      )}
      <br />
      <span class="soft small">@{handleOf(peer)}</span>
    </>
  );
}

/** A form that is one button. */
export function Act({
  to,
  label,
  of,
  danger = false,
}: {
  to: string;
  label: string;
  of?: string;
  danger?: boolean;
}) {
  return (
    <form method="post" action={to}>
      <button class={danger ? "danger" : "quiet"}>
        {label}
        {of !== undefined && <span class="vh"> {of}</span>}
      </button>
    </form>
  );
}

/** Older and newest, of a list that is paged by the id of its last entry. */
export function Pages({ path, before, next }: { path: string; before: number; next: number | null }) {
  if (before === NEWEST && next === null) return null;
  return (
    <nav class="pages" aria-label="Pages">
      {before === NEWEST ? <span /> : <a href={path}>Newest</a>}
      {next !== null && <a href={`${path}?before=${next}`}>Older</a>}
    </nav>
  );
}

/** A cursor above every id. */
export const NEWEST = Number.MAX_SAFE_INTEGER;

/** `?before=`; anything but a number is the newest page. */
export function cursorIn(value: string | undefined): number {
  return value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : NEWEST;
}

/** A page of rows out of one row more than it shows, and the cursor of the next page. */
export function pageOf<Row>(rows: readonly Row[], size: number, id: (row: Row) => number) {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return { shown, next: rows.length > size && last !== undefined ? id(last) : null };
}

/** A number in a path; null when it is none. */
export function idIn(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : null;
}
