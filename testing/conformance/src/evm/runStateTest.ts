import { bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { type Engine, readChanges, readLogs } from "@trellis/evm";
import { type Address, encodeRlp, type ForkName, type Hash, type LogEntry } from "@trellis/protocol";
import { type AllocatedAccount, MemoryState } from "./MemoryState.ts";

/** Format of ethereum/tests. Numbers are hexadecimal. */
export interface StateTest {
  readonly env: {
    readonly currentBaseFee: string;
    readonly currentCoinbase: string;
    readonly currentGasLimit: string;
    readonly currentNumber: string;
    readonly currentRandom: string;
    readonly currentTimestamp: string;
    readonly currentExcessBlobGas?: string;
  };
  readonly pre: Readonly<Record<string, AllocatedAccount>>;
  readonly transaction: { readonly sender: string };
  readonly post: Readonly<Record<string, readonly StateTestCase[]>>;
}

export interface StateTestCase {
  readonly hash: string;
  readonly logs: string;
  readonly txbytes: string;
  readonly expectException?: string;
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number };
}

const CHAIN_ID = 1n;
/** EIP-4844, EIP-7691. */
const BLOB_BASE_FEE_UPDATE_FRACTIONS: Readonly<Record<ForkName, bigint>> = {
  cancun: 3_338_477n,
  prague: 5_007_716n,
  osaka: 5_007_716n,
};

export function runStateTest(
  engine: Engine,
  test: StateTest,
  { hash, logs, txbytes, expectException }: StateTestCase,
  fork: ForkName,
) {
  const state = new MemoryState(test.pre);
  const { env } = test;
  engine.setState(state);
  engine.setContext(
    {
      chainId: CHAIN_ID,
      number: BigInt(env.currentNumber),
      timestamp: BigInt(env.currentTimestamp),
      gasLimit: BigInt(env.currentGasLimit),
      baseFee: BigInt(env.currentBaseFee),
      prevRandao: env.currentRandom as Hash,
      fork,
      blockHash: (number) => keccak256Hex(Buffer.from(number.toString())),
    },
    {
      blobBaseFee: blobBaseFee(
        BigInt(env.currentExcessBlobGas ?? "0x0"),
        BLOB_BASE_FEE_UPDATE_FRACTIONS[fork],
      ),
    },
  );
  const coinbase = env.currentCoinbase as Address;
  engine.setRecipients(coinbase, coinbase);
  const verdict = runTransaction(engine, test, txbytes);
  const isAccepted = verdict === "ACCEPTED";
  if (isAccepted !== (expectException === undefined)) {
    return `${verdict}, expected ${expectException ?? "ACCEPTED"}`;
  }
  const gotLogs = hashLogs(isAccepted ? readLogs(engine.memory) : []);
  if (isAccepted) state.apply(readChanges(engine));
  const gotRoot = state.root();
  if (gotRoot !== hash) return `root ${gotRoot}, expected ${hash}`;
  if (gotLogs !== logs) return `logs ${gotLogs}, expected ${logs}`;
  return undefined;
}

function runTransaction(engine: Engine, { env, transaction }: StateTest, txbytes: string): string {
  try {
    const sender = transaction.sender as Address;
    return engine.runTransaction(hexToBytes(txbytes), sender, BigInt(env.currentGasLimit));
  } catch (error) {
    if (isTrellisError(error)) return error.code;
    throw error;
  }
}

function hashLogs(logs: readonly LogEntry[]): string {
  return keccak256Hex(
    encodeRlp(logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), data])),
  );
}

/** EIP-4844's `fake_exponential`. */
function blobBaseFee(excess: bigint, fraction: bigint): bigint {
  let sum = 0n;
  let term = fraction;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * excess) / (fraction * i);
  }
  return sum / fraction;
}

export function describeCase(file: string, name: string, { indexes, txbytes }: StateTestCase): string {
  const { data, gas, value } = indexes;
  return `${file} ${name} data ${data} gas ${gas} value ${value} (${bytesToHex(hexToBytes(txbytes).subarray(0, 4))}…)`;
}
