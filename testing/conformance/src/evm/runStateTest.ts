import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { type Engine, readChanges, readLogs } from "@trellis/evm";
import { type Address, encodeRlp, type Hash, type LogEntry } from "@trellis/protocol";
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
/** EIP-4844. */
const BLOB_BASE_FEE_UPDATE_FRACTION = 3_338_477n;

export function runStateTest(
  engine: Engine,
  test: StateTest,
  { hash, logs, txbytes, expectException }: StateTestCase,
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
      blockHash: (number) => keccak256Hex(Buffer.from(number.toString())),
    },
    { blobBaseFee: blobBaseFee(BigInt(env.currentExcessBlobGas ?? "0x0")) },
  );
  const coinbase = env.currentCoinbase as Address;
  engine.setRecipients(coinbase, coinbase);
  const verdict = engine.runTransaction(
    hexToBytes(txbytes),
    test.transaction.sender as Address,
    BigInt(env.currentGasLimit),
  );
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

function hashLogs(logs: readonly LogEntry[]): string {
  return keccak256Hex(
    encodeRlp(logs.map(({ address, topics, data }) => [hexToBytes(address), topics.map(hexToBytes), data])),
  );
}

/** EIP-4844's `fake_exponential`. */
function blobBaseFee(excess: bigint): bigint {
  let sum = 0n;
  let term = BLOB_BASE_FEE_UPDATE_FRACTION;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * excess) / (BLOB_BASE_FEE_UPDATE_FRACTION * i);
  }
  return sum / BLOB_BASE_FEE_UPDATE_FRACTION;
}

export function describeCase(file: string, name: string, { indexes, txbytes }: StateTestCase): string {
  const { data, gas, value } = indexes;
  return `${file} ${name} data ${data} gas ${gas} value ${value} (${bytesToHex(hexToBytes(txbytes).subarray(0, 4))}…)`;
}
