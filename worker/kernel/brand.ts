/**
 * Branded types: a raw string cannot slip into a page, a query or a document by accident.
 * Only the functions named beside each brand may mint it.
 */

declare const brand: unique symbol;
type Brand<Name extends string> = { readonly [brand]: Name };

/** An https (locally: http) URL that names something in the fediverse, exactly as received. Minted by `parseIri`. */
export type Iri = string & Brand<"Iri">;

/** Milliseconds since 1970, UTC. Minted by the clock. */
export type UnixMs = number & Brand<"UnixMs">;

/** HTML that went through the sanitiser, or was built by us from escaped text. Minted by `sanitise` and `compose`. */
export type SafeHtml = string & Brand<"SafeHtml">;
