/** An exception from a limit of size, with the reason for it. One that is no longer needed is a finding. */
export interface Allowance {
  readonly file: string;
  /** A function's name; absent for the file as a whole. */
  readonly name?: string;
  readonly reason: string;
}

export const ALLOWED: readonly Allowance[] = [
  {
    file: "packages/mining/src/heavy/keccakF1600.ts",
    name: "keccakF1600",
    reason: "a permutation written out lane by lane: a loop takes three times as long",
  },
];
