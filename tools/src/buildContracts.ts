import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineErrors } from "@trellis/base";

const buildContractsErrors = defineErrors({
  CONTRACT_COMPILE_FAILED: {
    message: "a Solidity source does not compile",
    hint: "the facts hold the compiler's message",
    consequence: "fatal",
  },
});

const CONTRACTS = fileURLToPath(new URL("../../packages/contracts/", import.meta.url));

const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 200 },
  // Otherwise, a changed comment would change the metadata hash, and with it bytecode and genesis.
  metadata: { appendCBOR: false, bytecodeHash: "none" },
} as const;

const OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "storageLayout"];

const STAMP = "inputs.sha256";

export async function buildContracts(directory = CONTRACTS): Promise<"built" | "unchanged"> {
  const sources = await readSources(join(directory, "solidity"));
  const generated = join(directory, "generated");
  const inputsHash = await hashInputs(sources);
  if ((await readIfThere(join(generated, STAMP))) === inputsHash) return "unchanged";

  const contracts = await compile(sources);
  await rm(generated, { recursive: true, force: true });
  await mkdir(generated, { recursive: true });
  for (const contract of contracts) {
    await writeFile(join(generated, `${contract.name}.ts`), moduleOf(contract));
  }
  // Written last, so that an interrupted build runs again.
  await writeFile(join(generated, STAMP), inputsHash);
  return "built";
}

interface Source {
  readonly file: string;
  readonly content: string;
}

interface Contract {
  readonly name: string;
  readonly source: string;
  readonly abi: unknown;
  readonly bytecode: string;
  readonly runtimeBytecode: string;
  readonly storageLayout: StorageLayout;
}

async function readSources(directory: string): Promise<Source[]> {
  const files = (await readdir(directory, { recursive: true }))
    .filter((file) => file.endsWith(".sol"))
    .sort();
  return Promise.all(
    files.map(async (file) => ({ file, content: await readFile(join(directory, file), "utf8") })),
  );
}

async function hashInputs(sources: readonly Source[]): Promise<string> {
  const builder = await readFile(fileURLToPath(import.meta.url), "utf8");
  return createHash("sha256")
    .update(JSON.stringify([builder, SETTINGS, sources, await packageVersions(sources)]))
    .digest("hex");
}

/** The package versions stand for the imported sources. */
async function packageVersions(sources: readonly Source[]): Promise<unknown[]> {
  const imports = sources.flatMap(({ content }) => [...content.matchAll(/"(@[\w-]+\/[\w-]+)\//g)]);
  const names = [...new Set(imports.map(([, name]) => name))].sort();
  return Promise.all(
    names.map(async (name) => {
      const { version } = JSON.parse(await readFile(sourceOfPackage(`${name}/package.json`), "utf8"));
      return [name, version];
    }),
  );
}

function sourceOfPackage(path: string): string {
  return createRequire(import.meta.url).resolve(path);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}

interface StorageLayout {
  readonly storage: readonly StorageVariable[];
  readonly types: Readonly<Record<string, { readonly members?: readonly StorageVariable[] }>> | null;
}

interface StorageVariable {
  readonly label: string;
  readonly slot: string;
  readonly offset: number;
  readonly type: string;
}

interface CompiledContract {
  readonly abi: unknown;
  readonly evm: {
    readonly bytecode: { readonly object: string };
    readonly deployedBytecode: { readonly object: string };
  };
  readonly storageLayout: StorageLayout;
}

interface CompilerMessage {
  readonly severity: string;
  readonly formattedMessage: string;
  readonly sourceLocation?: { readonly file: string };
}

interface CompilerOutput {
  readonly errors?: readonly CompilerMessage[];
  readonly contracts?: Record<string, Record<string, CompiledContract>>;
}

async function compile(sources: readonly Source[]): Promise<Contract[]> {
  // Imported on demand, because solc is nine megabytes.
  const { default: solc } = await import("solc");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(sources.map(({ file, content }) => [file, { content }])),
    settings: {
      ...SETTINGS,
      outputSelection: Object.fromEntries(sources.map(({ file }) => [file, { "*": OUTPUTS }])),
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as CompilerOutput;
  const refusal = output.errors?.find(isRefusal);
  if (refusal !== undefined) {
    throw buildContractsErrors.CONTRACT_COMPILE_FAILED({ compiler: refusal.formattedMessage });
  }
  return Object.entries(output.contracts ?? {}).flatMap(([source, contracts]) =>
    Object.entries(contracts)
      .filter(([, { abi, evm }]) => evm.bytecode.object !== "" && Array.isArray(abi) && abi.length > 0)
      .map(([name, { abi, evm, storageLayout }]) => ({
        name,
        source,
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        runtimeBytecode: `0x${evm.deployedBytecode.object}`,
        storageLayout,
      })),
  );
}

/** True for errors, and for any message about our own sources. */
function isRefusal({ severity, sourceLocation }: CompilerMessage): boolean {
  return severity === "error" || sourceLocation === undefined || !sourceLocation.file.startsWith("@");
}

function readImport(path: string): { contents: string } | { error: string } {
  try {
    return { contents: readFileSync(sourceOfPackage(path), "utf8") };
  } catch (cause) {
    return { error: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** "9+0" is slot and byte offset; a `Struct.member` is relative to its struct. */
function storageOf({ storage, types }: StorageLayout): Record<string, string> {
  const structs = Object.entries(types ?? {}).flatMap(([type, { members = [] }]) => {
    const name = /^t_struct\((\w+)\)/.exec(type)?.[1] ?? type;
    return members.map((member) => ({ ...member, label: `${name}.${member.label}` }));
  });
  return Object.fromEntries(
    [...storage, ...structs].map(({ label, slot, offset }) => [label, `${slot}+${offset}`]),
  );
}

function moduleOf({ name, source, abi, bytecode, runtimeBytecode, storageLayout }: Contract): string {
  return `// Generated from solidity/${source} by tools/src/buildContracts.ts.
export const ${name} = {
  abi: ${JSON.stringify(abi, undefined, 2)},
  bytecode: "${bytecode}",
  runtimeBytecode: "${runtimeBytecode}",
  storage: ${JSON.stringify(storageOf(storageLayout), undefined, 2)},
} as const;
`;
}
