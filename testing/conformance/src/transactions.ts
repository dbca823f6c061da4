import { hexToBytes, isTrellisError } from "@trellis/base";
import {
  decodeTransaction,
  type ForkName,
  intrinsicGas,
  recoverSender,
  type TransactionRules,
  validateTransactionInIsolation,
} from "@trellis/protocol";
import { jsonFiles, suiteFolders } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";
import { SUITES } from "./suites.ts";

/** ethereum/tests and execution-spec-tests, by the rules of Cancun or Prague. */
export const transactionsSuite: ConformanceSuite = {
  name: "transactions",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    let skipped = 0;
    for (const folder of suiteFolders(vectorsDir, SUITES.transactions)) {
      for await (const { path, content } of jsonFiles(folder)) {
        for (const [name, test] of Object.entries(content as Record<string, TransactionTest>)) {
          const { Prague } = test.result;
          const expected = Prague ?? expectedInCancun(test);
          if (expected === undefined) {
            skipped++;
            continue;
          }
          const failure = compare(run(test.txbytes, Prague === undefined ? "cancun" : "prague"), expected);
          if (failure === undefined) passed++;
          else failures.push(`${path} ${name}: ${failure}`);
        }
      }
    }
    return { passed, failed: failures.length, skipped, failures };
  },
};

interface Expected {
  readonly exception?: string;
  readonly hash?: string;
  readonly sender?: string;
  readonly intrinsicGas?: string;
}

interface TransactionTest {
  readonly txbytes: string;
  readonly result: Readonly<Record<string, Expected>>;
}

/** Ethereum's rules: no block gas limit, optional replay protection. */
const RULES: Omit<TransactionRules, "fork"> = {
  chainId: 1n,
  gasLimit: 2n ** 64n - 1n,
  transactionBytesMax: Number.MAX_SAFE_INTEGER,
  allowUnprotected: true,
};

/**
 * Some cases list only older forks. For types 0 to 2, Cancun's rules equal Shanghai's; older rejections still
 * apply.
 */
function expectedInCancun({ result }: TransactionTest): Expected | undefined {
  const known = result.Cancun ?? result.Shanghai;
  if (known !== undefined) return known;
  const older = result.Paris ?? result.London;
  return older?.exception === undefined ? undefined : older;
}

interface Accepted {
  readonly hash: string;
  readonly sender: string;
  readonly intrinsicGas: bigint;
}

function run(txbytes: string, fork: ForkName): Accepted | string {
  try {
    const transaction = decodeTransaction(hexToBytes(txbytes), RULES);
    validateTransactionInIsolation(transaction, { ...RULES, fork });
    const sender = recoverSender(transaction);
    return { hash: transaction.hash, sender, intrinsicGas: intrinsicGas(transaction) };
  } catch (error) {
    if (isTrellisError(error)) return error.code;
    throw error;
  }
}

function compare(got: Accepted | string, expected: Expected): string | undefined {
  if (expected.exception !== undefined) {
    return typeof got === "string" ? undefined : `accepted, expected ${expected.exception}`;
  }
  if (typeof got === "string") return `refused with ${got}, expected acceptance`;
  for (const field of ["hash", "sender"] as const) {
    if (got[field] !== expected[field]) return `${field} ${got[field]}, expected ${expected[field]}`;
  }
  const gas = BigInt(expected.intrinsicGas ?? "0x0");
  return got.intrinsicGas === gas ? undefined : `intrinsic gas ${got.intrinsicGas}, expected ${gas}`;
}
