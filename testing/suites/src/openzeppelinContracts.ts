import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, TEST_MS_MAX } from "./hardhatProject.ts";
import { compilerEnvironment, installCompiler } from "./installCompiler.ts";
import { installPackages } from "./installPackages.ts";
import { installPredeploy } from "./installPredeploy.ts";
import { mochaOutcomes } from "./mochaOutcomes.ts";
import { removeIncompleteTests } from "./removeIncompleteTests.ts";
import type { HardhatSuite } from "./Suite.ts";

const HARDHAT = ["node_modules/hardhat/dist/src/cli.js", "--config", "suite.config.ts"];

const CONFIGURATION = `
import config from "./hardhat.config.ts";

const { SUITE_RPC_URL: url, SUITE_RESULT: output } = process.env;
const devnet = { type: "http", chainType: "l1", url, accounts: "remote", timeout: ${TEST_MS_MAX} };
// Mocha writes errors as JSON.
BigInt.prototype.toJSON = function () { return String(this); };
const mocha = { timeout: ${TEST_MS_MAX}, reporter: "json", reporterOptions: { output } };

export default {
  ...config,
  networks: url === undefined ? config.networks : { default: devnet },
  test: { ...config.test, mocha },
};
`;

export const openzeppelinContracts: HardhatSuite = {
  name: "openzeppelin-contracts",
  folder: "openzeppelin-contracts",

  async prepare(project) {
    await installPackages("openzeppelin-contracts", project);
    await installCompiler(project);
    await writeFile(join(project, "suite.config.ts"), CONFIGURATION);
    // The archive lacks the documentation that the configuration imports.
    await mkdir(join(project, "docs"));
    await writeFile(join(project, "docs/config.mjs"), "export default {};\n");
    await installPredeploy(project);
    await removeIncompleteTests(join(project, "test"));
    await build(project, [...HARDHAT, "build", "--no-tests"]);
  },

  command: ({ project, files }) => ({
    argv: [...HARDHAT, "test", "mocha", "--no-compile", ...files],
    environment: compilerEnvironment(project),
  }),

  hardhatNode: (project) => ({
    argv: [...HARDHAT, "--network", "default"],
    environment: compilerEnvironment(project),
  }),

  outcomesOf: mochaOutcomes,
};
