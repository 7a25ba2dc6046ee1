/** When the stead was not there: killed, or between two builds. All times are those of performance.now(). */
export class Outages {
  readonly #past: { from: number; to: number }[] = [];
  #since: number | null = null;

  begin(): void {
    this.#since = performance.now();
  }

  /** Returns how long it took, in ms. */
  end(): number {
    if (this.#since === null) throw new Error("it is up");
    const outage = { from: this.#since, to: performance.now() };
    this.#past.push(outage);
    this.#since = null;
    return outage.to - outage.from;
  }

  /** ms between two moments in which it was down. */
  downMs(from: number, to: number): number {
    const all = this.#since === null ? this.#past : [...this.#past, { from: this.#since, to: Infinity }];
    return all.reduce(
      (sum, outage) => sum + Math.max(0, Math.min(to, outage.to) - Math.max(from, outage.from)),
      0,
    );
  }
}
