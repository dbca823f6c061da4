import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatSuite, Outcome } from "./Suite.ts";

const NODE_MODULES = join(dirname(createRequire(import.meta.url).resolve("hardhat/package.json")), "..");
const PACKAGES = ["hardhat", "tsx", "@nomicfoundation/hardhat-errors", "@nomicfoundation/hardhat-utils"];
const REPORTER = fileURLToPath(new URL("./reportNodeTests.ts", import.meta.url));
const TESTS = ["test/*.ts", "test/!(fixture-projects|helpers)/**/*.ts"];
const DEVNET = '{ type: "http", url: process.env.SUITE_RPC_URL }';

/** `[file, from, to]`. */
const EDITS = [
  [
    "hardhat-network-helpers/test/helpers/helpers.ts",
    'default: { type: "edr-simulated", ...config }',
    `default: process.env.SUITE_RPC_URL ? ${DEVNET} : { type: "edr-simulated", ...config }`,
  ],
  [
    "hardhat-network-helpers/test/index.ts",
    "        plugins: [hardhatNetworkHelpersPlugin],\n",
    `        plugins: [hardhatNetworkHelpersPlugin],\n        networks: process.env.SUITE_RPC_URL ? { default: ${DEVNET} } : {},\n`,
  ],
  [
    // Hardhat's own networks begin with a new chain. Hardhat 3's node cannot.
    "hardhat-network-helpers/test/helpers/helpers.ts",
    "  const provider = connection.provider;\n",
    `  const provider = connection.provider;\n  if (process.env.SUITE_RPC_URL) await provider.request({ method: "hardhat_reset" }).catch(() => {});\n`,
  ],
  // There is no build of this package.
  ["hardhat-test-utils/package.json", "./dist/src/index.js", "./src/index.ts"],
] as const;

export const hardhatNetworkHelpers: HardhatSuite = {
  name: "hardhat-network-helpers",
  folder: "hardhat/packages/hardhat-network-helpers",

  async prepare(project) {
    const packages = dirname(project);
    for (const [file, from, to] of EDITS) await edit(join(packages, file), from, to);
    const compilerOptions = { target: "es2023", module: "nodenext" };
    await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    await writeFile(join(project, "hardhat.config.ts"), "export default {};\n");
    const modules = join(packages, "node_modules");
    await mkdir(join(modules, "@nomicfoundation"), { recursive: true });
    for (const name of PACKAGES) await symlink(join(NODE_MODULES, name), join(modules, name));
    const utilities = "hardhat-test-utils";
    await symlink(join(packages, utilities), join(modules, "@nomicfoundation", utilities));
  },

  command({ files, result }) {
    const report = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${result}`];
    // The files share one devnet.
    const argv = ["--import", "tsx/esm", "--test", "--test-concurrency=1", ...report];
    return { argv: [...argv, ...(files.length === 0 ? TESTS : files)], environment: {} };
  },

  hardhatNode: () => ({ argv: [join(NODE_MODULES, "hardhat/dist/src/cli.js")], environment: {} }),

  outcomesOf: (result) =>
    result
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Outcome),
};

async function edit(file: string, from: string, to: string): Promise<void> {
  const source = await readFile(file, "utf8");
  if (source.split(from).length !== 2) throw new Error(`not exactly once in ${file}: ${from}`);
  await writeFile(
    file,
    source.replace(from, () => to),
  );
}
