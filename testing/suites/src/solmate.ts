import { cp, glob, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { forgeOutcomes } from "./forgeOutcomes.ts";
import { build } from "./hardhatProject.ts";
import { compilerEnvironment, compilerProgram } from "./installCompiler.ts";
import { installPackages } from "./installPackages.ts";
import { replaceTestFail } from "./replaceTestFail.ts";
import type { Suite } from "./Suite.ts";

const FORGE = "node_modules/@foundry-rs/forge/bin.mjs";

/** As in solmate's repository, with a compiler that is there. */
const CONFIGURATION = `
[profile.default]
libs = []
remappings = ["ds-test/=node_modules/@layerzerolabs/toolbox-foundry/lib/ds-test/"]
solc = "./solc"
optimizer = true
optimizer_runs = 1000000
bytecode_hash = "none"
no_storage_caching = true
fuzz = { seed = "0x1" }
lint = { lint_on_build = false }
`;

export const solmate: Suite = {
  name: "solmate",

  async prepare(project) {
    await installPackages("solmate", project);
    await writeFile(join(project, "solc"), compilerProgram(join(project, "node_modules/solc")), {
      mode: 0o755,
    });
    await writeFile(join(project, "foundry.toml"), CONFIGURATION);
    await cp(join(project, "node_modules/solmate/src"), join(project, "src"), { recursive: true });
    for await (const file of glob(join(project, "src/test/*.t.sol")))
      await writeFile(file, replaceTestFail(await readFile(file, "utf8")));
    await build(project, [FORGE, "build"]);
  },

  command: ({ project, files, rpcUrl }) => ({
    argv: [
      ...[FORGE, "test", "--json"],
      ...(rpcUrl === undefined ? [] : ["--fork-url", rpcUrl]),
      ...(files.length === 0 ? [] : ["--match-path", `{${files.join(",")}}`]),
    ],
    environment: compilerEnvironment(project),
    printsResult: true,
  }),

  outcomesOf: forgeOutcomes,
};
