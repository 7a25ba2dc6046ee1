/**
 * Brings activitystrea.ms 3.1.0 (the newest on npm) to what the bot needs of version 4: `registerContext`,
 * `isActivity`, an export that keeps the context an object came with, and dates that are dates. It also takes the
 * network away from JSON-LD: a context nobody registered is an error that names it.
 * Import this before the bot: activitystrea.ms makes its first document loader while it loads.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const Loader = require("activitystrea.ms/src/contextloader");
const Environment = require("activitystrea.ms/src/environment");
const reasoner = require("activitystrea.ms/src/reasoner");
const { Activity } = require("vocabs-as");

/** URL of a context -> its document; one map for every loader, since import and export each make their own. */
const registered = new Map();

Loader.prototype.makeDocLoader = function () {
  return async (url) => {
    const document = registered.get(url) ?? this.get(url);
    if (!document)
      throw new Error(`JSON-LD context ${url} is not preloaded for the bot, and it has no network`);
    return { contextUrl: null, documentUrl: url, document };
  };
};

// Loaded after the line above, see the header.
const as2 = require("activitystrea.ms");

as2.registerContext = (url, document) => registered.set(url, document);

// Not enumerable, any of these: jsonld copies the bot's objects key by key, inherited ones too.
Object.defineProperties(as2.models.Base.prototype, {
  isActivity: {
    value() {
      return [this.type ?? []].flat().some((type) => reasoner.node(type).is(Activity));
    },
  },
});
Object.defineProperties(Environment.prototype, {
  origContext: {
    get() {
      return this.originalContext; // version 3 writes this name and reads the other
    },
  },
});
// Version 3 has moments where version 4 has Dates; the tag makes jsonld print them instead of copying their insides.
Object.defineProperty(require("moment").fn, Symbol.toStringTag, { value: "Date" });
