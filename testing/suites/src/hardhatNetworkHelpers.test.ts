import { temporaryDirectory } from "@trellis/e2e";
import { reachesRegistry } from "@trellis/kit/registry";
import { expect, it } from "vitest";
import { describeVerdict } from "./describeVerdict.ts";
import { hardhatNetworkHelpers } from "./hardhatNetworkHelpers.ts";
import { projectOf, sourceOf } from "./projectOf.ts";
import { runSuite } from "./runSuite.ts";

const TEST_COUNT = 150;
const archive = sourceOf(hardhatNetworkHelpers);
if (archive === undefined) console.warn("no archive of hardhat-network-helpers; set TRELLIS_SUITES");

it.skipIf(archive === undefined)(
  "hardhat-network-helpers pass their own tests on the devnet",
  async (context) => {
    if (!(await reachesRegistry())) {
      const reason = "hardhat-network-helpers do not run here: npm reaches no registry";
      console.warn(reason);
      return context.skip(reason);
    }
    const directory = await temporaryDirectory();
    try {
      const project = await projectOf(hardhatNetworkHelpers, archive!, directory.path);
      const verdict = await runSuite(hardhatNetworkHelpers, { project });
      const { passed, failed, unexpectedFailures, unexpectedPasses } = verdict;
      const report = describeVerdict(hardhatNetworkHelpers.name, "the devnet", verdict).join("\n");
      expect({ unexpectedFailures, unexpectedPasses }, report).toEqual({
        unexpectedFailures: [],
        unexpectedPasses: [],
      });
      expect(passed + failed).toBe(TEST_COUNT);
    } finally {
      await directory.remove();
    }
  },
);
