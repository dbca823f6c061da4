import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineErrors } from "@trellis/base";

export const buildContractsErrors = defineErrors({
  CONTRACT_COMPILE_FAILED: {
    message: "a Solidity source does not compile",
    hint: "the facts hold the compiler's message",
    consequence: "fatal",
  },
});

const CONTRACTS = fileURLToPath(new URL("../../packages/contracts/", import.meta.url));

/** Everything but the sources that decides what is generated. */
const SETTINGS = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 200 },
  // Without the metadata's hash a comment changes no bytecode, and so no genesis block.
  metadata: { appendCBOR: false, bytecodeHash: "none" },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
} as const;

/** Where the hash of all inputs stands; when it matches there is nothing to do. */
const STAMP = "inputs.sha256";

/**
 * Compiles every contract of `solidity/` into a module of `generated/` with its ABI, its creation bytecode and its
 * runtime bytecode. Does nothing when neither sources nor settings nor this file changed.
 * @throws CONTRACT_COMPILE_FAILED
 */
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
  // Last, so that an interrupted build is not taken for a finished one.
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
}

async function readSources(directory: string): Promise<Source[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sol")).sort();
  return Promise.all(
    files.map(async (file) => ({ file, content: await readFile(join(directory, file), "utf8") })),
  );
}

async function hashInputs(sources: readonly Source[]): Promise<string> {
  const builder = await readFile(fileURLToPath(import.meta.url), "utf8");
  return createHash("sha256")
    .update(JSON.stringify([builder, SETTINGS, sources]))
    .digest("hex");
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw cause;
  }
}

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Record<
    string,
    Record<
      string,
      { abi: unknown; evm: { bytecode: { object: string }; deployedBytecode: { object: string } } }
    >
  >;
}

async function compile(sources: readonly Source[]): Promise<Contract[]> {
  // Nine megabytes: loaded only when there is something to compile.
  const { default: solc } = await import("solc");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(sources.map(({ file, content }) => [file, { content }])),
    settings: SETTINGS,
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as CompilerOutput;
  const refusal = output.errors?.[0];
  if (refusal !== undefined) {
    throw buildContractsErrors.CONTRACT_COMPILE_FAILED({ compiler: refusal.formattedMessage });
  }
  return Object.entries(output.contracts ?? {}).flatMap(([source, contracts]) =>
    Object.entries(contracts).map(([name, { abi, evm }]) => ({
      name,
      source,
      abi,
      bytecode: `0x${evm.bytecode.object}`,
      runtimeBytecode: `0x${evm.deployedBytecode.object}`,
    })),
  );
}

function moduleOf({ name, source, abi, bytecode, runtimeBytecode }: Contract): string {
  return `// Generated from solidity/${basename(source)} by tools/src/buildContracts.ts.
export const ${name} = {
  abi: ${JSON.stringify(abi, undefined, 2)},
  bytecode: "${bytecode}",
  runtimeBytecode: "${runtimeBytecode}",
} as const;
`;
}
