import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { SOLC_PATH, SOLC_VERSION } from "./compileContracts.ts";

const require = createRequire(import.meta.url);
const run = promisify(execFile);

const RUN_MS_MAX = 240_000;

interface FoundryOptions {
  readonly cwd: string;
  readonly rpcUrl: string;
}

export async function foundry(
  tool: "cast" | "forge",
  argv: readonly string[],
  { cwd, rpcUrl }: FoundryOptions,
): Promise<string> {
  // Isolates the tool from the machine's configuration.
  const env = {
    PATH: process.env.PATH,
    HOME: cwd,
    ETH_RPC_URL: rpcUrl,
    NO_COLOR: "1",
    FOUNDRY_DISABLE_NIGHTLY_WARNING: "1",
  };
  const options = { cwd, env, timeout: RUN_MS_MAX, maxBuffer: 64 << 20 };
  const { stdout } = await run(binaryOf(tool), argv, options);
  return stdout.trim();
}

/** The launcher exits with 0 even if the binary fails. */
function binaryOf(tool: string): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const launcher = createRequire(require.resolve(`@foundry-rs/${tool}/package.json`));
  return launcher.resolve(`@foundry-rs/${tool}-${process.platform}-${architecture}/bin/${tool}`);
}

/** Executable through which forge uses the npm compiler. */
const SOLC_WRAPPER = `#!${process.execPath}
const wrap = require(${JSON.stringify(require.resolve("solc/wrapper"))});
const solc = wrap(require(${JSON.stringify(SOLC_PATH)}));
if (process.argv.includes("--version")) {
  console.log("solc, the solidity compiler commandline interface\\nVersion: " + solc.version());
} else {
  console.log(solc.compile(require("node:fs").readFileSync(0, "utf8")));
}
`;

export async function createForgeProject(directory: string, files: Readonly<Record<string, string>>) {
  const solc = join(directory, "solc.cjs");
  await mkdir(directory, { recursive: true });
  await writeFile(solc, SOLC_WRAPPER);
  await chmod(solc, 0o755);
  const settings = [`solc = ${JSON.stringify(solc)}`, 'evm_version = "cancun"', "offline = true"];
  await writeFile(join(directory, "foundry.toml"), ["[profile.default]", ...settings, ""].join("\n"));
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content.replace("pragma solidity ^0.8.0", `pragma solidity ${SOLC_VERSION}`));
  }
}
