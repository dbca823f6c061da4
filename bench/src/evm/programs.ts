import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hexToBytes } from "@trellis/base";
import { vectorsDirectory } from "@trellis/kit";
import type { Address } from "@trellis/protocol";

export interface Program {
  readonly name: string;
  readonly address: Address;
  readonly code: Uint8Array;
  readonly data: Uint8Array;
}

interface ProgramFile {
  readonly pre: Readonly<Record<string, { readonly code: string }>>;
  readonly transaction: { readonly to: Address; readonly data: readonly string[] };
}

export function loadPrograms(): readonly Program[] {
  const root = vectorsDirectory();
  if (root === undefined) return [];
  const folder = join(root, "evm-benchmarks");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .sort()
    .flatMap((file) => {
      const tests = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, ProgramFile>;
      return Object.entries(tests).flatMap(([name, test]) => inputsOf(name, test));
    });
}

function inputsOf(name: string, { pre, transaction: { to, data } }: ProgramFile): Program[] {
  return data.map((input, index) => ({
    name: data.length === 1 ? name : `${name}.${index}`,
    address: to,
    code: hexToBytes(pre[to]!.code),
    data: hexToBytes(input),
  }));
}
