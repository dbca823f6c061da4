import { type LogFacts, silentLog, silentMetrics } from "@trellis/base";
import {
  type AcceptedTransaction,
  type Account,
  type Address,
  type ChainBlock,
  EMPTY_CODE_HASH,
  type ForkName,
  type Hash,
  type Header,
  type PoolEvent,
  type SignedBy,
  TRANSACTION_TYPES,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "@trellis/protocol";
import { createMempool, type Mempool } from "../createMempool.ts";
import { effectiveTip } from "../Entry.ts";
import type { Journal } from "../journal/Journal.ts";
import { DEFAULT_MEMPOOL_LIMITS, type MempoolLimits } from "../limits.ts";

export interface World {
  readonly accounts: Map<Address, Account>;
  readonly codes: Map<Hash, Uint8Array>;
  readonly retiredKeys: Set<Address>;
  fork: ForkName;
  baseFee: bigint;
  feeCapMin: bigint;
  nowMs: number;
}

export interface TestPool {
  readonly pool: Mempool;
  readonly world: World;
  readonly events: PoolEvent[];
  readonly asked: Address[];
  readonly logged: { readonly event: string; readonly facts: LogFacts | undefined }[];
}

export const TEST_PARAMETERS = { transactionBytesMax: 500 };
const FEE_CAP_MIN = 7n;

export const TEST_LIMITS: MempoolLimits = {
  ...DEFAULT_MEMPOOL_LIMITS,
  countMax: 100,
  bytesMax: 100_000,
  senderCountMax: 50,
  senderBytesMax: 50_000,
  senderQueuedMax: 10,
  nonceAheadMax: 60,
  tipFloorWei: 1n,
};

export function createTestPool(limits: Partial<MempoolLimits> = {}, journal?: Journal): TestPool {
  const world: World = {
    accounts: new Map(),
    codes: new Map(),
    retiredKeys: new Set(),
    fork: "prague",
    baseFee: 10n,
    feeCapMin: FEE_CAP_MIN,
    nowMs: 1_000_000,
  };
  const asked: Address[] = [];
  const logged: TestPool["logged"] = [];
  const note = (event: string, facts?: LogFacts): void => {
    logged.push({ event, facts });
  };
  const log = { ...silentLog, error: note, info: note, child: () => log };
  const pool = createMempool({ ...TEST_LIMITS, ...limits }, TEST_PARAMETERS, {
    clock: { nowMs: () => world.nowMs },
    state: {
      rules: () => ({ ...TEST_PARAMETERS, chainId: 31_337n, gasLimit: 30_000_000n, fork: world.fork }),
      account: (address) => world.accounts.get(address),
      code: (codeHash) => world.codes.get(codeHash) ?? new Uint8Array(0),
      isKeyValid: (_, sender) => {
        asked.push(sender);
        return !world.retiredKeys.has(sender);
      },
    },
    fees: { nextBaseFee: () => world.baseFee, feeCapMin: () => world.feeCapMin },
    log,
    metrics: silentMetrics,
    ...(journal === undefined ? {} : { journal }),
  });
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  return { pool, world, events, asked, logged };
}

export function testAddress(index: number): Address {
  return `0x${index.toString(16).padStart(40, "0")}`;
}

export function fund(world: World, sender: Address, balance: bigint, nonce = 0n): void {
  world.accounts.set(sender, { nonce, balance, codeHash: EMPTY_CODE_HASH });
}

export const ALICE = testAddress(1);
export const BOB = testAddress(2);
export const CAROL = testAddress(3);
export const RICH = 10n ** 18n;

export const REMOTE = { isLocal: false };
export const LOCAL = { isLocal: true };

export function createFunded(limits: Partial<MempoolLimits> = {}): TestPool {
  const test = createTestPool(limits);
  for (const sender of [ALICE, BOB, CAROL]) fund(test.world, sender, RICH);
  return test;
}

export function summary(events: readonly PoolEvent[]): string[] {
  return events.map((event) =>
    [event.kind, event.transaction.transaction.nonce, "reason" in event ? event.reason : ""].join(" ").trim(),
  );
}

export function noncesOf(transactions: readonly SignedBy[]): bigint[] {
  return transactions.map(({ transaction }) => transaction.nonce);
}

interface TestTransfer {
  readonly sender: Address;
  readonly nonce: bigint | number;
  readonly tip?: bigint | number;
  readonly cap?: bigint | number;
  readonly gasLimit?: bigint;
  readonly value?: bigint;
  readonly to?: Address;
  readonly bytes?: number;
}

let hashes = 0;

export function transfer(fields: TestTransfer): SignedBy {
  hashes += 1;
  const tip = BigInt(fields.tip ?? 5);
  return {
    sender: fields.sender,
    transaction: {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: 31_337n,
      nonce: BigInt(fields.nonce),
      gasLimit: fields.gasLimit ?? 21_000n,
      to: fields.to ?? ZERO_ADDRESS,
      value: fields.value ?? 0n,
      data: new Uint8Array(),
      accessList: [],
      maxFeePerGas: BigInt(fields.cap ?? 1_000),
      maxPriorityFeePerGas: tip,
      signature: { kind: "ecdsa", r: 1n, s: 1n, yParity: 0 },
      hash: `0x${hashes.toString(16).padStart(64, "0")}`,
      encoded: new Uint8Array(fields.bytes ?? 110),
    },
  };
}

const TEST_HEADER: Header = {
  version: 1,
  shard: 0,
  parents: [],
  bodyRoot: ZERO_HASH,
  acceptedRoot: ZERO_HASH,
  stateRoot: ZERO_HASH,
  receiptsRoot: ZERO_HASH,
  logsBloom: new Uint8Array(256),
  gasUsed: 0n,
  baseFee: 10n,
  timestampMs: 0,
  stream: 0,
  bits: 0,
  daaScore: 0,
  blueScore: 0,
  blueWork: 0n,
  number: 0,
  finalized: ZERO_HASH,
  miner: ZERO_ADDRESS,
  extra: new Uint8Array(),
  seal: { branch: [], nonce: 0n },
};

export function chainBlock(
  transactions: readonly SignedBy[],
  options: { readonly miner?: Address; readonly baseFee?: bigint; readonly skipped?: readonly Hash[] } = {},
): ChainBlock {
  hashes += 1;
  const header = {
    ...TEST_HEADER,
    miner: options.miner ?? TEST_HEADER.miner,
    baseFee: options.baseFee ?? TEST_HEADER.baseFee,
  };
  return {
    hash: `0x${hashes.toString(16).padStart(64, "f")}`,
    header,
    timestamp: 0,
    gasLimit: 30_000_000n,
    prevRandao: ZERO_HASH,
    size: 0,
    carriers: [],
    transactions: transactions.map((signed) => accept(signed, header.baseFee)),
    skipped: (options.skipped ?? []).map((transactionHash) => ({
      transactionHash,
      carrier: ZERO_HASH,
      reason: "FUNDS_INSUFFICIENT",
    })),
  };
}

function accept(signed: SignedBy, baseFee: bigint): AcceptedTransaction {
  const { transaction } = signed;
  return {
    ...signed,
    carrier: ZERO_HASH,
    receipt: {
      type: transaction.type,
      status: 1,
      cumulativeGasUsed: 21_000n,
      logsBloom: new Uint8Array(256),
      logs: [],
      transactionHash: transaction.hash,
      gasUsed: 21_000n,
      effectiveGasPrice: baseFee + effectiveTip(transaction, baseFee),
      contractAddress: null,
    },
  };
}
