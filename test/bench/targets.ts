/** What an operation of ours may cost, in ms of CPU: the Free plan allows 10 an invocation. */
const TARGETS: Readonly<Record<string, number>> = {
  actorGet: 1,
  webfinger: 1,
  postGet: 1,
  followKnownKey: 4,
  followNewKey: 6,
  irrelevantDelete: 0.7,
  junk: 0.7,
};

/** Of a delivery, in RSA-2048 signatures: five in an invocation, as a delivery makes them. */
const DELIVERY = 1.5;

/** Null: none is set. `rsaSign`: what such a signature costs here. */
export function targetOf(name: string, rsaSign: number): number | null {
  return name === "delivery" ? DELIVERY * rsaSign : (TARGETS[name] ?? null);
}
