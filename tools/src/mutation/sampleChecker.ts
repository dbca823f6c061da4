import { type Mutant, sampleOf } from "./sample.ts";

export const OUTSIDE = "outside the sample";

interface Options {
  readonly sample: { readonly count: number; readonly seed: number; readonly directory: string };
}

/** Mutants outside the sample count as compile errors, which do not run and do not affect the score. */
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
