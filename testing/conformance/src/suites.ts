import { existsSync } from "node:fs";
import type { ConformanceSuite } from "./suite.ts";

/** Folders with a suite's vectors. Of several folders, any may be missing. */
export const SUITES = {
  ghostdag: "ghostdag",
  "ghostdag-headers": "ghostdag",
  transactions: ["ethereum/TransactionTests", "ethereum/TransactionTests-Prague"],
  rlp: "ethereum/RLPTests",
  trie: "ethereum/TrieTests",
  keystore: "ethereum/KeyStoreTests",
  secp256k1: "wycheproof",
  mldsa: "wycheproof",
  evm: ["ethereum/GeneralStateTests", "ethereum/StateTests-Osaka", "ethereum/BlockchainTests-Osaka"],
  precompiles: "ethereum/precompiles",
  rfc6962: "rfc6962",
  merkle: "merkle",
  bip322: "bip322",
  "uniswap-v3": "arbitrage",
  arbitrage: "arbitrage",
} as const;
export type SuiteName = keyof typeof SUITES;

export function isSuiteName(name: string): name is SuiteName {
  return Object.hasOwn(SUITES, name);
}

export async function loadSuite(name: SuiteName): Promise<ConformanceSuite> {
  const file = `./${name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())}.ts`;
  if (!existsSync(new URL(file, import.meta.url))) return missing(name, file);
  const module: Record<string, unknown> = await import(file);
  return Object.values(module).find((value) => isSuite(value, name)) as ConformanceSuite;
}

function isSuite(value: unknown, name: string): boolean {
  return (
    typeof value === "object" && value !== null && "name" in value && value.name === name && "run" in value
  );
}

function missing(name: string, file: string): ConformanceSuite {
  const failures = [`${file} is not there`];
  return { name, run: async () => ({ passed: 0, failed: 1, skipped: 0, failures }) };
}
