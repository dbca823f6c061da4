import { glob, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  hardhatNetworkHelpers,
  openzeppelinContracts,
  outcomesOn,
  projectOf,
  sourceOf,
  startSuiteDevnet,
} from "@trellis/suites";
import type { Benchmark } from "./benchmark.ts";
import { startHardhatNode } from "./dev/hardhatNode.ts";
import { median } from "./statistics.ts";

const ROUNDS = 3;
const PREPARED = fileURLToPath(new URL("../../.trellis/suites", import.meta.url));
const FULL = { suite: openzeppelinContracts, tests: "test/token/**/*.test.js" };
/** Needs no compiler and no package of its own. */
const SMALL = { suite: hardhatNetworkHelpers, tests: "test/network-helpers/{mine,take-snapshot}.ts" };

type NodeName = "trellis" | "hardhat";

export const devBenchmark: Benchmark = {
  name: "dev",
  summary: "wall time of OpenZeppelin's token tests on the devnet and on Hardhat's node",
  async run({ small, log }) {
    const { suite, tests } = small ? SMALL : FULL;
    const archive = sourceOf(suite);
    if (archive === undefined) return { skipped: `no archive of ${suite.name}; set TRELLIS_SUITES` };
    const directory = small ? await mkdtemp(join(tmpdir(), "trellis-dev-")) : PREPARED;
    try {
      const project = await projectOf(suite, archive, directory);
      const files = await Array.fromAsync(glob(tests, { cwd: project }));
      const start = {
        trellis: startSuiteDevnet,
        hardhat: () => startHardhatNode({ ...suite.hardhatNode(project), cwd: project }),
      };
      const seconds: Record<NodeName, number[]> = { trellis: [], hardhat: [] };
      const passed: Record<NodeName, number> = { trellis: 0, hardhat: 0 };
      for (let round = 0; round < (small ? 1 : ROUNDS); round++) {
        for (const name of ["hardhat", "trellis"] as const) {
          const node = await start[name]();
          try {
            const startMs = performance.now();
            const outcomes = await outcomesOn(node.rpcUrl, suite, { project, files });
            seconds[name].push((performance.now() - startMs) / 1_000);
            passed[name] = outcomes.filter(({ failure }) => failure === undefined).length;
            log(`round ${round + 1}, ${name}: ${passed[name]} of ${outcomes.length} passed`);
          } finally {
            await node.stop();
          }
        }
      }
      const [trellis, hardhat] = [median(seconds.trellis), median(seconds.hardhat)];
      return {
        trellis: { seconds: trellis, passed: passed.trellis },
        hardhat: { seconds: hardhat, passed: passed.hardhat },
        ratio: { wallTime: hardhat / trellis },
      };
    } finally {
      if (small) await rm(directory, { recursive: true, force: true });
    }
  },
};
