import { type Clock, silentLog, silentMetrics } from "@trellis/base";
import { type Chain, createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { createEvm } from "@trellis/evm";
import { type Block, type NetworkParameters, recoverSender, sim } from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { seededBytes } from "./VirtualTime.ts";

export const TEST_PARAMETERS: NetworkParameters = sim;

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

/** Blocks one on the other, a second apart in their headers, whatever the time is. */
export async function mineMany(count: number, miner = 0, from: readonly Block[] = []): Promise<Block[]> {
  let nowMs = TEST_START_MS - (count + from.length + 10) * 1_000;
  const chain = await openTestChain({ nowMs: () => nowMs });
  if (from.length > 0) {
    nowMs = from.at(-1)!.header.timestampMs;
    await chain.exchange.importBlocks(from);
  }
  const blocks: Block[] = [];
  for (let index = 0; index < count; index++) {
    nowMs += 1_000;
    blocks.push(await mine(chain, miner));
  }
  return blocks;
}
