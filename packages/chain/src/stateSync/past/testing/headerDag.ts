import { silentLog, silentMetrics } from "@trellis/base";
import { dagGraph, seededRandom } from "@trellis/kit";
import {
  BLOOM_BYTES,
  EMPTY_TRIE_ROOT,
  type Hash,
  HEADER_VERSION,
  type Header,
  headerHash,
  type NetworkParameters,
} from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { type OpenedChain, openChain } from "../../../chain/openChain.ts";
import { createTestEvm } from "../../../chain/testing/testEvm.ts";
import {
  GENESIS_MS,
  minerAddress,
  recoverSenders,
  testParameters,
} from "../../../chain/testing/testNetwork.ts";
import type { HeaderContext } from "../../../consensus/ChainDag.ts";
import { finalByDepth } from "../../../consensus/rules/finalNames.ts";
import { impliedFields } from "../../../consensus/rules/impliedFields.ts";
import { ChainBatch } from "../../../store/ChainBatch.ts";

export const HEADER_DAG_PARAMETERS: NetworkParameters = testParameters({
  ghostdagK: 6,
  mergesetMax: 24,
  mergeDepth: 60,
  finalityDepth: 40,
  pruningDepth: 800,
  difficultyWindow: { size: 20, sampleRate: 2, sizeMin: 8 },
  medianTimeWindow: { size: 11, sampleRate: 3 },
  streams: testParameters().streams.map((stream) => ({ ...stream, difficulty: "window" as const })),
});

/** Above BAD_NONCE. */
const FIRST_NONCE = 1n << 40n;

export interface HeaderDagOptions {
  readonly blocks: number;
  readonly seed: number;
  readonly attackShare: number;
  readonly streamAt?: (index: number, random: () => number) => number;
}

export interface HeaderDag extends OpenedChain {
  /** Parents first. */
  readonly headers: readonly { readonly hash: Hash; readonly header: Header }[];
}

/** A DAG of valid headers whose bodies nobody needs. */
export async function mineHeaders(options: HeaderDagOptions): Promise<HeaderDag> {
  const { blocks, seed, attackShare, streamAt } = options;
  const chain = await openHeaderChain();
  const random = seededRandom(seed);
  const graph = dagGraph({
    blocks,
    blocksPerSecond: 1,
    delayMsMin: 100,
    delayMsMax: 4_000,
    parentsMax: 8,
    attackShare,
    attackLength: 10,
    seed,
  });
  const batch = new ChainBatch();
  const hashes = new Map([[0, chain.genesisHash]]);
  const headers: { hash: Hash; header: Header }[] = [];
  for (const [index, { parents, atMs }] of graph.entries()) {
    const stream = streamAt?.(index, random) ?? Math.floor(random() * 3);
    const known = parents.map((parent) => hashes.get(parent)).filter((hash) => hash !== undefined);
    const drafted = known.length === 0 ? undefined : draft(chain, known, stream, index, atMs);
    if (drafted === undefined) continue;
    const { header, context } = drafted;
    const hash = headerHash(header);
    hashes.set(index, hash);
    chain.blocks.addHeader(batch, hash, header);
    chain.chainDag.insert(batch, hash, header, context);
    headers.push({ hash, header });
  }
  await batch.commit(chain.store);
  return { ...chain, headers };
}

function openHeaderChain(): Promise<OpenedChain> {
  return openChain(
    { parameters: HEADER_DAG_PARAMETERS, shard: 0, isArchive: true },
    {
      store: createMemoryStore(),
      evm: createTestEvm(),
      recoverSenders,
      verifySeal: async () => true,
      clock: { nowMs: () => GENESIS_MS },
      log: silentLog,
      metrics: silentMetrics,
    },
  );
}

/** Undefined if the parents break a rule. */
function draft(
  chain: OpenedChain,
  known: readonly Hash[],
  stream: number,
  index: number,
  atMs: number,
): { readonly header: Header; readonly context: HeaderContext } | undefined {
  const { chainDag } = chain;
  const { dag } = chainDag;
  const [heaviest, ...others] = known.toSorted((a, b) => dag.compare(b, a));
  const parents = dag.virtualParents(heaviest!, others);
  const context = chainDag.contextOf({ parents, stream });
  try {
    dag.verify(context.row);
  } catch {
    return undefined;
  }
  const header: Header = {
    version: HEADER_VERSION,
    shard: 0,
    parents,
    bodyRoot: EMPTY_TRIE_ROOT,
    acceptedRoot: EMPTY_TRIE_ROOT,
    stateRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    gasUsed: 0n,
    baseFee: 0n,
    timestampMs: Math.max(GENESIS_MS + atMs, context.medianTimeMs + 1),
    stream,
    ...impliedFields(chain, context),
    finalized: finalByDepth(chain, context.selectedParent),
    miner: minerAddress(0),
    extra: new Uint8Array(0),
    seal: { branch: [], nonce: FIRST_NONCE + BigInt(index) },
  };
  return { header, context };
}
