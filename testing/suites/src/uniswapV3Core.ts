import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, TEST_MS_MAX } from "./hardhatProject.ts";
import { compilerEnvironment, installCompiler } from "./installCompiler.ts";
import { installPackages } from "./installPackages.ts";
import { mochaOutcomes } from "./mochaOutcomes.ts";
import type { HardhatSuite } from "./Suite.ts";

const HARDHAT = ["node_modules/hardhat/internal/cli/cli.js", "--config", "suite.config.ts"];

const CONFIGURATION = `
import config from "./hardhat.config";

const { SUITE_RPC_URL: url, SUITE_RESULT: output } = process.env;

export default {
  ...config,
  ...(url === undefined ? {} : { defaultNetwork: "devnet", networks: { devnet: { url, timeout: ${TEST_MS_MAX} } } }),
  mocha: { timeout: ${TEST_MS_MAX}, reporter: "json", reporterOptions: { output } },
};
`;

export const uniswapV3Core: HardhatSuite = {
  name: "uniswap-v3-core",
  folder: "v3-core",

  async prepare(project) {
    await installPackages("uniswap-v3-core", project);
    await installCompiler(project);
    await writeFile(join(project, "suite.config.ts"), CONFIGURATION);
    await build(project, [...HARDHAT, "compile"]);
  },

  command: ({ project, files }) => ({
    argv: [...HARDHAT, "test", "--no-compile", ...files],
    // Types of the packages' present versions differ.
    environment: { ...compilerEnvironment(project), TS_NODE_TRANSPILE_ONLY: "1" },
  }),

  hardhatNode: (project) => ({ argv: HARDHAT, environment: compilerEnvironment(project) }),

  outcomesOf: mochaOutcomes,
};
