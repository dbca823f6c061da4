import { type Mutant, sampleOf } from "./sample.ts";

export const OUTSIDE = "outside the sample";

interface Options {
  readonly sample: { readonly count: number; readonly seed: number; readonly directory: string };
}

/**
 * Stryker's checkers report mutants that do not compile: these do not run or count in the score. This checker reports
 * all mutants outside the sample. Mutants of one group are checked in one call, so all are one group.
 */
function createSampleChecker({ sample: { count, seed, directory } }: Options) {
  return {
    async init() {},
    async group(mutants: readonly Mutant[]) {
      return [mutants.map(({ id }) => id)];
    },
    async check(mutants: readonly Mutant[]) {
      const sample = sampleOf(mutants, count, seed, directory);
      const resultOf = (id: string) =>
        sample.has(id) ? { status: "passed" } : { status: "compileError", reason: OUTSIDE };
      return Object.fromEntries(mutants.map(({ id }) => [id, resultOf(id)]));
    },
  };
}
createSampleChecker.inject = ["options"];

export const strykerPlugins = [{ kind: "Checker", name: "sample", factory: createSampleChecker }];
export const strykerValidationSchema = { properties: { sample: { type: "object" } } };
