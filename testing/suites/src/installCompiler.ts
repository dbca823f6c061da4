import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keccak256, sha256 } from "@trellis/crypto";

/** Hardhat runs a build of its platform; Hardhat 3 also wants one in WebAssembly to be there. */
const PLATFORMS = ["linux-amd64", "linux-arm64", "macosx-amd64", "wasm"];
/** Of Hardhat 2 and 3. */
const FOLDERS = ["compilers-v2", "compilers-v3"];

/** Takes the arguments and input of a compiler's executable. */
export const compilerProgram = (solc: string): string => `#!/bin/sh
exec '${process.execPath}' -e '
const solc = require("${solc}");
if (process.argv.includes("--version")) console.log("Version: " + solc.version());
else process.stdout.write(solc.compile(require("fs").readFileSync(0, "utf8")));
' -- "$@"
`;

const homeOf = (project: string): string => join(project, ".home");

/** In which Hardhat finds the compiler. */
export const compilerEnvironment = (project: string): Record<string, string> => ({
  HOME: homeOf(project),
  XDG_CACHE_HOME: join(homeOf(project), ".cache"),
});

/** Fills Hardhat's cache with the compiler of `project/node_modules/solc`, so that Hardhat downloads none. */
export async function installCompiler(project: string): Promise<void> {
  const solc = join(project, "node_modules/solc");
  const { version } = JSON.parse(await readFile(join(solc, "package.json"), "utf8")) as { version: string };
  const longVersion = longVersionOf(solc);
  // Hardhat downloads the list again where a name begins with `solc-v`.
  const path = `solc-${longVersion}`;
  const cache = join(homeOf(project), process.platform === "darwin" ? "Library/Caches" : ".cache");
  for (const place of FOLDERS.flatMap((folder) => PLATFORMS.map((platform) => join(folder, platform)))) {
    const directory = join(cache, "hardhat-nodejs", place);
    const file = join(directory, path);
    await mkdir(directory, { recursive: true });
    if (place.endsWith("wasm")) await copyFile(join(solc, "soljson.js"), file);
    else await writeFile(file, compilerProgram(solc), { mode: 0o755 });
    const bytes = await readFile(file);
    const build = {
      path,
      version,
      longVersion,
      keccak256: hex(keccak256(bytes)),
      sha256: hex(sha256(bytes)),
    };
    const list = { builds: [build], releases: { [version]: path }, latestRelease: version };
    await writeFile(join(directory, "list.json"), JSON.stringify(list));
  }
}

/** @returns such as `0.8.35+commit.47b9dedd` */
function longVersionOf(solc: string): string {
  const printed = execFileSync(process.execPath, ["-p", `require("${solc}").version()`], {
    encoding: "utf8",
  });
  return /^\d+\.\d+\.\d+\+commit\.\w+/.exec(printed)![0];
}

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;
