import { bytesToHex, isTrellisError } from "@trellis/base";
import {
  addressToScript,
  type Bip322Verdict,
  createToSign,
  createToSpend,
  messageHash,
  txidOf,
  verifyBip322,
} from "@trellis/reserves/assets";
import { jsonFiles, suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

/** bitcoin/bips, BIP-322. */
export const bip322Suite: ConformanceSuite = {
  name: "bip322",
  async run(vectorsDir) {
    const failures: string[] = [];
    let passed = 0;
    for await (const { path, content } of jsonFiles(suiteFolder(vectorsDir, "bip322"))) {
      for (const { name, failure } of casesOf(content as Bip322File)) {
        if (failure === undefined) passed++;
        else failures.push(`${path} ${name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped: 0, failures };
  },
};

interface Bip322File {
  readonly tx_hashes?: readonly HashTest[];
  readonly simple?: readonly SignatureTest[];
  readonly full?: readonly SignatureTest[];
  readonly proof_of_funds?: readonly SignatureTest[];
  readonly error?: readonly ErrorTest[];
}

interface HashTest {
  readonly message: string;
  readonly address: string;
  readonly message_hash: string;
  readonly to_spend_tx_hash: string;
  readonly to_sign_tx_hash: string;
}

interface SignatureTest {
  readonly message: string;
  readonly address: string;
  readonly type: string;
  readonly bip322_signatures: readonly string[];
  readonly lock_time?: number;
  readonly sequence?: number;
  readonly additional_inputs?: readonly (readonly { readonly value: number; readonly pk_script: string }[])[];
}

interface ErrorTest {
  readonly description: string;
  readonly message: string;
  readonly address: string;
  readonly signature: string;
}

interface Case {
  readonly name: string;
  readonly failure: string | undefined;
}

function casesOf(file: Bip322File): Case[] {
  const signatures = (["simple", "full", "proof_of_funds"] as const).flatMap((format) =>
    (file[format] ?? []).flatMap((test) =>
      test.bip322_signatures.map((signature, index) => ({
        name: `${format} ${test.type} "${test.message.slice(0, 30)}" ${index}`,
        failure: checkSignature(test, signature, format),
      })),
    ),
  );
  return [
    ...(file.tx_hashes ?? []).map((test) => ({
      name: `hashes of "${test.message}"`,
      failure: checkHashes(test),
    })),
    ...signatures,
    ...(file.error ?? []).map((test) => ({ name: test.description, failure: checkRefusal(test) })),
  ];
}

function checkHashes(test: HashTest): string | undefined {
  const toSpend = createToSpend(test.message, addressToScript(test.address));
  const pairs: [string, Uint8Array, string][] = [
    ["message hash", messageHash(test.message), test.message_hash],
    ["to_spend", txidOf(toSpend).toReversed(), test.to_spend_tx_hash],
    ["to_sign", txidOf(createToSign(toSpend)).toReversed(), test.to_sign_tx_hash],
  ];
  const wrong = pairs.find(([, got, expected]) => bytesToHex(got) !== `0x${expected}`);
  return wrong && `${wrong[0]} is ${bytesToHex(wrong[1])}, expected 0x${wrong[2]}`;
}

const FORMATS = { simple: "simple", full: "full", proof_of_funds: "proof-of-funds" } as const;

function checkSignature(
  test: SignatureTest,
  signature: string,
  format: keyof typeof FORMATS,
): string | undefined {
  let verdict: Bip322Verdict;
  try {
    verdict = verifyBip322({ address: test.address, message: test.message, signature });
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return `was refused: ${error.message}`;
  }
  const coins = (test.additional_inputs ?? []).flat();
  const expected = {
    format: FORMATS[format],
    lockTime: test.lock_time ?? 0,
    sequence: test.sequence ?? 0,
    coins: coins.map(({ value, pk_script }) => `${value} ${pk_script}`).join(),
  };
  const got = {
    ...verdict,
    coins: verdict.coins.map((coin) => `${coin.valueSat} ${coin.script.slice(2)}`).join(),
  };
  const wrong = (Object.keys(expected) as (keyof typeof expected)[]).find(
    (key) => got[key] !== expected[key],
  );
  return wrong && `${wrong} is ${got[wrong]}, expected ${expected[wrong]}`;
}

function checkRefusal({ address, message, signature }: ErrorTest): string | undefined {
  try {
    verifyBip322({ address, message, signature });
    return "was accepted";
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return undefined;
  }
}
