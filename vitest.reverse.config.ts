import { BaseSequencer, type TestSpecification } from "vitest/node";
import config from "./vitest.config.ts";

/** Every project's files in the reverse of their usual order. `.ci/nightly` runs them so. */
class Reverse extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).reverse();
  }
}

export default { ...config, test: { ...config.test, sequence: { sequencer: Reverse } } };
