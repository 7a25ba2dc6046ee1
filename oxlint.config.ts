/** The linter: the floors of the house, held by our own sentences, and the rules that keep its rooms alike. */
import { defineConfig } from "oxlint";

/** Rooms by floor, lowest first. A room imports from floors below its own; rooms on one floor do not import each other. */
const floors: readonly (readonly string[])[] = [
  ["kernel"],
  ["model"],
  ["signatures"],
  ["vocab", "store"],
  ["peers"],
  ["outbox"],
  ["inbox", "owner"],
  ["moving"],
  ["objects"],
  ["federation", "mastodon", "web"],
];

/** What the linter says to an import that points up or sideways, and what to do instead. */
const instead: Readonly<Record<string, string>> = {
  kernel: "What kernel/ needs from above comes in through a port of Ctx.",
  model: "model/ is pure: load before, decide here, do after.",
  vocab: "vocab/ turns model/ into ActivityStreams and back, and looks nothing up.",
  signatures: "signatures/ is pure: hand it the key and the bytes.",
  store: "store/ is rows in and out: who wants a row imports store/, never the other way.",
  peers: "A higher room is reached through a port of Ctx.",
  outbox: "A higher room is reached through a port of Ctx.",
  inbox: "inbox/ never calls owner/ or moving/: it writes a row, and they pick it up.",
  owner: "What a peer may do to us is inbox/: neither calls the other.",
  moving: "objects/ and the faces call moving/, not the other way.",
  objects: "objects/ is thin and knows no face.",
  federation: "What two faces need belongs to a room below.",
  mastodon: "What two faces need belongs to a room below.",
  web: "What two faces need belongs to a room below.",
};

const objectsFloor = floors.findIndex((names) => names.includes("objects"));
const rooms = floors.flatMap((names, floor) => names.map((room) => ({ room, floor })));

function importsOf(room: string, floor: number) {
  const others = rooms
    .filter((other) => other.floor >= floor && other.room !== room)
    .map((other) => other.room);
  // env.ts is for those who are called by the runtime: the entry point, the objects and the faces.
  const roof = floor < objectsFloor ? "index|app|queues|sweep|env" : "index|app|queues|sweep";
  const patterns = [
    {
      regex: `^(\\.\\./)+((${others.join("|")})/|(${roof})\\.tsx?$)`,
      message: `Imports point down, and ${room}/ is floor ${floor} (ARCHITECTURE.md). ${instead[room]}`,
    },
    { regex: "^(\\.\\./)+(test|scripts)/", message: "The Worker imports nothing from test/ or scripts/." },
  ];
  if (room !== "vocab") {
    patterns.push({
      regex: "^@fedify/",
      message: "Only vocab/ knows Fedify's objects: ask it for a conversion.",
    });
  }
  if (room !== "kernel")
    patterns.push({ regex: "^xss$", message: "kernel/ holds the one sanitiser: call that one." });
  return {
    files: [`worker/${room}/**`],
    rules: { "no-restricted-imports": ["error", { patterns }] as const },
  };
}

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc", "promise", "vitest"],
  categories: { correctness: "error" },
  options: { typeAware: true, reportUnusedDisableDirectives: "error" },
  ignorePatterns: ["node_modules", ".wrangler", ".state*", "dist"],
  rules: {
    // Promises: none forgotten, none where a value is meant.
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/await-thenable": "error",
    "typescript/return-await": ["error", "error-handling-correctness-only"],
    // Outcomes are tagged unions: each switch over one names every arm, so that a new arm makes it speak up.
    "typescript/switch-exhaustiveness-check": [
      "error",
      { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
    ],
    // Types hold: no any, no way round them.
    "typescript/no-explicit-any": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/no-unnecessary-type-assertion": "error",
    "typescript/ban-ts-comment": "error",
    "typescript/no-deprecated": "error",
    // Faults are Errors, thrown with the cause they were caught with.
    "typescript/only-throw-error": "error",
    "preserve-caught-error": "error",
    // Files: short, kebab-case, no barrels, no default exports, no circles, imports by their whole name.
    "max-lines": ["error", { max: 400 }],
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    "oxc/no-barrel-file": ["error", { threshold: 0 }],
    "import/no-default-export": "error",
    "import/no-cycle": "error",
    "import/no-duplicates": "error",
    "import/extensions": ["error", "always", { ignorePackages: true }],
    "unicorn/prefer-node-protocol": "error",
    // Plain reading.
    eqeqeq: ["error", "always", { null: "ignore" }],
    "no-var": "error",
    "prefer-const": "error",
    "no-console": "error",
    "no-param-reassign": "error",
    "no-eval": "error",
    "no-warning-comments": "error",
    "no-control-regex": "off",
    "unicorn/no-new-array": "off",
    // No test is left out or left alone. That each expects something is for vitest to see.
    "vitest/no-focused-tests": "error",
    "vitest/no-disabled-tests": "error",
    "vitest/no-identical-title": "error",
    "vitest/expect-expect": "off",
    "vitest/no-standalone-expect": "off",
    "vitest/require-mock-type-parameters": "off",
  },
  overrides: [
    // The one door to the console, and programs that talk to a person.
    {
      files: ["worker/kernel/log.ts", "scripts/**", "test/world/**", "test/bench/**", "test/load/**"],
      rules: { "no-console": "off" },
    },
    // What a tool or the runtime takes by its default export.
    {
      files: ["worker/index.ts", "*.config.ts", "test/bench/*worker.ts"],
      rules: { "import/no-default-export": "off" },
    },
    { files: ["test/**"], rules: { "typescript/only-throw-error": "off" } },
    // Without types, everything that comes from a package is any.
    { files: ["**/*.mjs"], rules: { "typescript/no-unsafe-return": "off" } },
    ...rooms.map(({ room, floor }) => importsOf(room, floor)),
  ],
});
