import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Abi, Hex } from "viem";

export interface CompiledContract<TAbi extends Abi = Abi> {
  readonly abi: TAbi;
  readonly bytecode: Hex;
}

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts: Record<string, Record<string, { abi: Abi; evm: { bytecode: { object: string } } }>>;
}

const require = createRequire(import.meta.url);
export const SOLIDITY = fileURLToPath(new URL("../solidity/", import.meta.url));
const IMPORT = /^import\s[^;]*?"([^"]+)";/gm;

export const SOLC_PATH = require.resolve("solc/soljson.js");
export const SOLC_VERSION = "0.8.37";

export async function compileContract(name: string): Promise<CompiledContract> {
  return compileSource(name, readFileSync(`${SOLIDITY}${name}.sol`, "utf8"));
}

export async function compileSource(name: string, text: string): Promise<CompiledContract> {
  const { default: solc } = await import("solc");
  const file = `${name}.sol`;
  const sources = new Map([[file, text]]);
  for (const [path, content] of sources) addImports(path, content, sources);
  const input = {
    language: "Solidity",
    sources: Object.fromEntries([...sources].map(([path, content]) => [path, { content }])),
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as CompilerOutput;
  const refusal = output.errors?.find(({ severity }) => severity === "error");
  if (refusal !== undefined) throw new Error(refusal.formattedMessage);
  const { abi, evm } = output.contracts[file]![name]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

function addImports(path: string, content: string, sources: Map<string, string>): void {
  for (const [, imported] of content.matchAll(IMPORT)) {
    const target = imported!.startsWith(".")
      ? new URL(imported!, `file:///${path}`).pathname.slice(1)
      : imported!;
    if (!sources.has(target)) sources.set(target, readFileSync(require.resolve(target), "utf8"));
  }
}
