import { bytesToHex, type Clock, silentLog, silentMetrics } from "@trellis/base";
import { type Chain, createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { keccak256, privateKeyToAddress } from "@trellis/crypto";
import { createEvm } from "@trellis/evm";
import {
  type Block,
  createBlock,
  type Hash,
  type Header,
  type NetworkParameters,
  recoverSender,
  signTransaction,
  sim,
  TRANSACTION_TYPES,
} from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { seededBytes } from "./VirtualTime.ts";

const SECRET = keccak256(new TextEncoder().encode("who pays in tests of sync"));
const PAYER = bytesToHex(privateKeyToAddress(SECRET));
const GWEI = 10n ** 9n;

export const TEST_PARAMETERS: NetworkParameters = {
  ...sim,
  genesis: { ...sim.genesis, accounts: [{ address: PAYER, balance: 10n ** 24n }] },
};

/** A seal with this nonce is not work enough. */
export const BAD_NONCE = 0xbadn;

/** Where test chains begin: a day after genesis. */
export const TEST_START_MS = sim.genesis.timestampMs + 86_400_000;

const evm = createEvm({ random: seededBytes("hash tables") });

export interface TestChain extends Chain {
  readonly store: KeyValueStore;
}

/** A chain on a store in memory; any nonce but one is work enough. */
export async function openTestChain(
  clock: Clock,
  store: KeyValueStore = createMemoryStore(),
): Promise<TestChain> {
  const chain = await createChain(
    { parameters: TEST_PARAMETERS, shard: 0, isArchive: false },
    { limits: DEFAULT_MEMPOOL_LIMITS },
    {
      store,
      evm,
      recoverSenders: async (transactions) => transactions.map((transaction) => recoverSender(transaction)),
      verifySeal: async ({ seal }) => seal.nonce !== BAD_NONCE,
      clock,
      log: silentLog,
      metrics: silentMetrics,
    },
  );
  return { ...chain, store };
}

let nonce = 1n << 40n;

/** A block on what the chain knows. */
export async function mine(chain: Chain, miner = 0): Promise<Block> {
  const template = await chain.builder.createTemplate({
    miner: `0x${miner.toString(16).padStart(40, "0")}`,
    stream: 0,
    extra: new Uint8Array(0),
  });
  const hash = await chain.builder.importSealed(template, nonce++);
  return chain.view.block(hash)!;
}

/** A transfer, so that a block has a body. */
async function pay(chain: Chain): Promise<Hash> {
  const transaction = signTransaction(
    {
      type: TRANSACTION_TYPES.dynamicFee,
      chainId: TEST_PARAMETERS.chainId,
      nonce: chain.pool.nextNonce(PAYER),
      gasLimit: 21_000n,
      to: PAYER,
      value: 1n,
      data: new Uint8Array(0),
      accessList: [],
      maxFeePerGas: 100n * GWEI,
      maxPriorityFeePerGas: GWEI,
    },
    SECRET,
  );
  return chain.intake.submit(transaction.encoded, { isLocal: true });
}

export interface MiningOptions {
  readonly miner?: number;
  /** What the chain has before. */
  readonly on?: readonly Block[];
  /** One in so many blocks carries a transaction. */
  readonly payEvery?: number;
}

/** Blocks one on the other, a second apart in their headers, whatever the time is. */
export async function mineMany(count: number, options: MiningOptions = {}): Promise<Block[]> {
  const { miner = 0, on = [], payEvery = 1 } = options;
  let nowMs = on.at(-1)?.header.timestampMs ?? TEST_PARAMETERS.genesis.timestampMs;
  const chain = await openTestChain({ nowMs: () => nowMs });
  await chain.exchange.importBlocks(on);
  const blocks: Block[] = [];
  for (let index = 0; index < count; index++) {
    nowMs += 1_000;
    if (index % payEvery === 0) await pay(chain);
    blocks.push(await mine(chain, miner));
  }
  return blocks;
}

/** The block with another header, whose proof of work is good. */
export function tampered(block: Block, change: Partial<Header>): Block {
  return createBlock({ ...block.header, ...change, seal: { branch: [], nonce: nonce++ } }, block.body);
}
