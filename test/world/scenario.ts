/** What a file `*.world.ts` exports: a story in steps, each of which either holds or ends it. */
export interface Story {
  /** Runs a step and counts it. What it throws ends the story: the later steps build on the earlier ones. */
  step(sentence: string, run: () => Promise<void>): Promise<void>;
  /** Says that a step can not be tried on this machine, and why. */
  leaveOut(sentence: string, why: string): void;
}

export interface Scenario {
  readonly title: string;
  readonly tell: (story: Story) => Promise<void>;
}
