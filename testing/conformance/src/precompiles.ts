import { basename } from "node:path";
import { bytesToBigint, bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { createEvm, ethereumPrecompiles } from "@trellis/evm";
import { type CallResult, type ForkName, type StateReader, ZERO_ADDRESS, ZERO_HASH } from "@trellis/protocol";
import { jsonFiles, suiteFolder } from "./jsonFiles.ts";
import type { ConformanceSuite } from "./suite.ts";

interface PrecompileCase {
  readonly Name: string;
  /** Without 0x. */
  readonly Input: string;
  readonly Expected?: string;
  readonly ExpectedError?: string;
  /** 0 or absent if the file does not check the price. */
  readonly Gas?: number;
}

interface Target {
  readonly address: number;
  readonly fork: ForkName;
}

/** By file. Absent: prices of forks before Cancun. */
const TARGETS: Readonly<Record<string, Target | undefined>> = {
  ecRecover: { address: 0x01, fork: "osaka" },
  modexp_eip2565: { address: 0x05, fork: "prague" },
  modexp_eip7883: { address: 0x05, fork: "osaka" },
  bn256Add: { address: 0x06, fork: "osaka" },
  bn256ScalarMul: { address: 0x07, fork: "osaka" },
  bn256Pairing: { address: 0x08, fork: "osaka" },
  blake2F: { address: 0x09, fork: "osaka" },
  blake2f: { address: 0x09, fork: "osaka" },
  pointEvaluation: { address: 0x0a, fork: "osaka" },
  blsG1Add: { address: 0x0b, fork: "osaka" },
  blsG1Mul: { address: 0x0c, fork: "osaka" },
  blsG1MultiExp: { address: 0x0c, fork: "osaka" },
  blsG2Add: { address: 0x0d, fork: "osaka" },
  blsG2Mul: { address: 0x0e, fork: "osaka" },
  blsG2MultiExp: { address: 0x0e, fork: "osaka" },
  blsPairing: { address: 0x0f, fork: "osaka" },
  blsMapG1: { address: 0x10, fork: "osaka" },
  blsMapG2: { address: 0x11, fork: "osaka" },
  p256Verify: { address: 0x100, fork: "osaka" },
};

const GAS_MAX = 2n ** 32n;

/** go-ethereum, core/vm/testdata/precompiles. */
export const precompilesSuite: ConformanceSuite = {
  name: "precompiles",
  async run(vectorsDir) {
    const failures: string[] = [];
    const skips: string[] = [];
    let passed = 0;
    let skipped = 0;
    for await (const { path, content } of jsonFiles(suiteFolder(vectorsDir, "ethereum/precompiles"))) {
      const cases = content as readonly PrecompileCase[];
      const target = TARGETS[basename(path, ".json").replace("fail-", "")];
      if (target === undefined) {
        skips.push(`${path}: prices of another fork`);
        skipped += cases.length;
        continue;
      }
      for (const one of cases) {
        const failure = differs(one, target);
        if (failure === undefined) passed++;
        else failures.push(`${path} ${one.Name}: ${failure}`);
      }
    }
    return { passed, failed: failures.length, skipped, failures, skips };
  },
};

const evm = createEvm({
  precompiles: ethereumPrecompiles,
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
});

function differs(
  { Input, Expected, ExpectedError, Gas }: PrecompileCase,
  target: Target,
): string | undefined {
  const input = hexToBytes(`0x${Input}`);
  const { isSuccess, output, gas } = callPrecompile(input, target);
  if (ExpectedError !== undefined) return isSuccess ? `succeeded, expected ${ExpectedError}` : undefined;
  if (!isSuccess) return "failed";
  const got = bytesToHex(output).slice(2);
  if (got !== (Expected ?? "")) return `output ${got}, expected ${Expected}`;
  if (Gas === undefined || Gas === 0) return undefined;
  const price = gas - overheadOf(input, target.fork);
  return price === BigInt(Gas) ? undefined : `gas ${price}, expected ${Gas}`;
}

const CALLER = `0x${"ca".repeat(20)}` as const;

/** Calls the address with its own call data. Returns the success flag, the gas used, and the output. */
function forwarderTo(address: number): Uint8Array {
  const at = address.toString(16).padStart(4, "0");
  return hexToBytes(`0x365f5f375a5f5f365f5f61${at}5af15f525a90036020523d5f60403e3d6040015ff3`);
}

function callPrecompile(
  input: Uint8Array,
  { address, fork }: Target,
): { readonly isSuccess: boolean; readonly gas: bigint; readonly output: Uint8Array } {
  const code = forwarderTo(address);
  const codeHash = keccak256Hex(code);
  const state: StateReader = {
    account: (asked) => (asked === CALLER ? { nonce: 1n, balance: 0n, codeHash } : undefined),
    storage: () => 0n,
    code: () => code,
  };
  const { output } = evm.call({
    state,
    context: {
      ...{ chainId: 1n, number: 1n, timestamp: 1n, gasLimit: GAS_MAX, baseFee: 0n },
      ...{ prevRandao: ZERO_HASH, fork, blockHash: () => ZERO_HASH },
    },
    coinbase: ZERO_ADDRESS,
    request: {
      ...{ from: ZERO_ADDRESS, to: CALLER, gasLimit: GAS_MAX, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
      ...{ value: 0n, data: input, accessList: [] },
    },
  }) as CallResult;
  return {
    isSuccess: output[31] === 1,
    gas: bytesToBigint(output.subarray(32, 64)),
    output: output.subarray(64),
  };
}

const IDENTITY = 0x04;

/** Gas of the forwarder itself, measured with the identity precompile (yellow paper, appendix E.1). */
function overheadOf(input: Uint8Array, fork: ForkName): bigint {
  const { gas } = callPrecompile(input, { address: IDENTITY, fork });
  return gas - BigInt(15 + 3 * Math.ceil(input.length / 32));
}
