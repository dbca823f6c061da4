import { bytesToHex, silentLog, silentMetrics } from "@trellis/base";
import type {
  Block,
  DagBlock,
  Hash,
  NetworkParameters,
  TemplateRequest,
  Transaction,
} from "@trellis/protocol";
import { createMemoryStore, type KeyReader, type KeyValueStore } from "@trellis/storage";
import { DEFAULT_MEMPOOL_LIMITS, type Journal } from "../../mempool/index.ts";
import type { ChainOptions, ChainPorts } from "../ChainOptions.ts";
import { type Chain, createChain } from "../createChain.ts";
import { createTestEvm, type TestEvm } from "./testEvm.ts";
import { GENESIS_MS, minerAddress, recoverSenders, testParameters } from "./testNetwork.ts";

export const BAD_NONCE = 0xbadn;

export interface TestChainOptions {
  readonly parameters?: NetworkParameters;
  readonly shard?: number;
  readonly store?: KeyValueStore;
  readonly isArchive?: boolean;
  readonly recentBlocksMin?: number;
  readonly historyDepth?: number;
  readonly changesPerMove?: number;
  readonly snapshotLimits?: ChainOptions["snapshotLimits"];
  readonly journal?: Journal;
  readonly evm?: TestEvm;
  readonly ports?: Partial<ChainPorts>;
}

export interface TestChain extends Chain {
  readonly store: KeyValueStore;
  readonly evm: TestEvm;
  readonly clock: { ms: number };
  take(...blocks: readonly Block[]): Promise<void>;
  submit(...transactions: readonly Transaction[]): Promise<void>;
  mine(options?: {
    readonly miner?: number;
    readonly stream?: number;
    readonly override?: TemplateRequest["override"];
  }): Promise<Hash>;
  reopen(): Promise<TestChain>;
}

export async function createTestChain(options: TestChainOptions = {}): Promise<TestChain> {
  const { parameters = testParameters(), shard = 0, isArchive = false, recentBlocksMin = 0 } = options;
  const { historyDepth, changesPerMove, snapshotLimits, journal } = options;
  const store = options.store ?? createMemoryStore();
  const evm = options.evm ?? createTestEvm();
  const clock = { ms: GENESIS_MS + 1_000_000_000 };
  let nonce = 1n << 40n;
  const chain = await createChain(
    {
      parameters,
      shard,
      isArchive,
      recentBlocksMin,
      ...(historyDepth === undefined ? {} : { historyDepth }),
      ...(changesPerMove === undefined ? {} : { changesPerMove }),
      ...(snapshotLimits === undefined ? {} : { snapshotLimits }),
    },
    { limits: DEFAULT_MEMPOOL_LIMITS, ...(journal === undefined ? {} : { journal }) },
    {
      store,
      evm,
      recoverSenders,
      verifySeal: async ({ seal }) => seal.nonce !== BAD_NONCE,
      clock: { nowMs: () => clock.ms },
      log: silentLog,
      metrics: silentMetrics,
      ...options.ports,
    },
  );
  return {
    ...chain,
    store,
    evm,
    clock,
    async take(...blocks) {
      for (const block of blocks) await chain.importBlock(block);
    },
    async submit(...transactions) {
      for (const { encoded } of transactions) await chain.intake.submit(encoded, { isLocal: true });
    },
    async mine({ miner = 0, stream = 0, override } = {}) {
      clock.ms += 1_000;
      const own = override === undefined ? {} : { override };
      const request = { miner: minerAddress(miner), stream, extra: new Uint8Array(0), ...own };
      const template = await chain.builder.createTemplate(request);
      return chain.builder.importSealed(template, nonce++);
    },
    reopen: () => createTestChain({ ...options, parameters, isArchive, store, evm: createTestEvm() }),
  };
}

export function dumpChain(chain: TestChain): object {
  const { view, pool, store } = chain;
  return {
    head: view.head(),
    finalized: view.finalized().hash,
    tips: view.tips(),
    counts: view.counts(),
    dag: wholeDag(chain),
    pool: pool.content(),
    failure: chain.failure(),
    stored: contentOf(store),
  };
}

export function wholeDag({ view }: TestChain): DagBlock[] {
  const count = Number.MAX_SAFE_INTEGER;
  return view.dagRange(0, count, count).map(({ hash }) => view.dagBlock(hash)!);
}

export function contentOf(store: KeyReader): Map<string, string> {
  return new Map([...store.range({})].map(([key, value]) => [bytesToHex(key), bytesToHex(value)]));
}
