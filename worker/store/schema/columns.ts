/** Kinds of columns that every family of tables has. */
import { integer, text } from "drizzle-orm/sqlite-core";

import type { Iri, UnixMs } from "../../kernel/brand.ts";

export const ms = (name: string) => integer(name).$type<UnixMs>();
export const iri = (name: string) => text(name).$type<Iri>();
export const json = <T>(name: string) => text(name, { mode: "json" }).$type<T>();
export const flag = (name: string) => integer(name, { mode: "boolean" });
