/** Values that decoders are strict about. */
import * as v from "valibot";

/** Sorted and compared as numbers by some, as text by others. */
export const decimal = v.pipe(v.string(), v.regex(/^[1-9]\d{0,18}$/));
/** Toot! fails on a time without milliseconds. */
export const dateTime = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
export const address = v.pipe(v.string(), v.url(), v.startsWith("https://"));
