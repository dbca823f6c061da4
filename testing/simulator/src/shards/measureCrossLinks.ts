import { bigintToBytes, bytesToBigint, silentLog, silentMetrics } from "@trellis/base";
import { type Chain, type CrossLinkSource, createChain, DEFAULT_MEMPOOL_LIMITS } from "@trellis/chain";
import { type ShardRecord, withSystemContracts } from "@trellis/contracts";
import { blsSign } from "@trellis/crypto";
import { constructAccounts } from "@trellis/evm";
import {
  type Block,
  type CrossLink,
  encodeCrossLink,
  headerHash,
  type NetworkParameters,
  parametersOfShard,
  signersToBits,
  sim,
  voteSignedBytes,
  withShards,
} from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { simulatorErrors } from "../errors.ts";
import { COIN } from "../node/coin.ts";
import { minerAddress } from "../node/SimNetwork.ts";
import { recoverOnce, sharedEvm } from "../node/sharedWork.ts";
import { stakingOf, validatorKeys } from "../votes/validators.ts";

export interface CrossLinkMeasurement {
  readonly shards: number;
  readonly validators: number;
  readonly blocks: number;
}

export interface CrossLinkFigures {
  readonly crossLinksPerBlock: number;
  readonly bytesPerBlock: number;
  /** To import a block of shard 0, above that of an empty block; all in one thread. */
  readonly msPerBlock: number;
}

/** Order of the group of BLS12-381. */
const BLS_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const BLOCK_MS = 500;
const NO_ANCHORS = {
  newest: () => undefined,
  at: () => undefined,
  stateOf: () => undefined,
  votersOf: () => undefined,
};

/** Shard 0 with as many cross-links as its blocks record, each certified by all validators. */
export async function measureCrossLinks(measurement: CrossLinkMeasurement): Promise<CrossLinkFigures> {
  const network = networkOf(measurement);
  const linked = await build(network, measurement.blocks, await linkSource(network, measurement));
  const empty = await build(network, measurement.blocks, () => []);
  const links = linked.flatMap(({ body }) => body.crossShard!.crossLinks);
  if (links.length === 0)
    throw simulatorErrors.MEASUREMENT_FAILED({ check: "cross-links are recorded", height: 0, expected: 1 });
  const bytes = links.reduce((sum, link) => sum + encodeCrossLink(link).length, 0);
  const emptyMs = await importMs(network, empty);
  const linkedMs = await importMs(network, linked);
  return {
    crossLinksPerBlock: links.length / linked.length,
    bytesPerBlock: Math.round(bytes / linked.length),
    msPerBlock: (linkedMs - emptyMs) / linked.length,
  };
}

function networkOf({ shards, validators }: CrossLinkMeasurement): NetworkParameters {
  const stakes = Array.from({ length: validators }, () => 1_000n * COIN);
  const voting = { stakes, isOverThird: false, epochBlocks: 1_000, parameters: sim.votes };
  const { values, ...staked } = stakingOf({ ...voting, punishesAbsence: false });
  const staking = { ...staked, values: { ...values, activeSetSize: BigInt(validators) } };
  return withSystemContracts(withShards(sim, shards), { staking, construct: constructAccounts });
}

interface OpenOptions {
  readonly shard?: number;
  readonly crossLinks?: CrossLinkSource;
  readonly nowMs?: () => number;
}

function openChain(
  network: NetworkParameters,
  { shard = 0, crossLinks, nowMs }: OpenOptions,
): Promise<Chain> {
  return createChain(
    { parameters: parametersOfShard(network, shard), shard, isArchive: false },
    { limits: DEFAULT_MEMPOOL_LIMITS },
    {
      store: createMemoryStore(),
      evm: sharedEvm,
      recoverSenders: async (transactions) => recoverOnce(transactions),
      verifySeal: async () => true,
      clock: { nowMs: nowMs ?? (() => Number.MAX_SAFE_INTEGER) },
      log: silentLog,
      metrics: silentMetrics,
      crossLinks,
      ...(shard > 0 && { anchors: NO_ANCHORS }),
    },
  );
}

/** Checkpoints of the other shards, of whose blocks shard 0 sees only the headers. */
async function linkSource(
  network: NetworkParameters,
  { shards, validators }: CrossLinkMeasurement,
): Promise<CrossLinkSource> {
  const indexes = Array.from({ length: validators }, (_, index) => index);
  // The aggregate of all signatures of one message is the signature by the sum of the secrets.
  const sum = indexes.reduce((total, index) => total + bytesToBigint(validatorKeys(index).secret), 0n);
  const secret = bigintToBytes(sum % BLS_ORDER, 32);
  const signers = signersToBits(indexes, validators);
  const begun = new Map<number, Chain["view"]>();
  for (let shard = 1; shard < shards; shard++) begun.set(shard, (await openChain(network, { shard })).view);
  const known = new Map<string, CrossLink>();
  const linkOf = ({ shard, height, number, epoch }: ShardRecord): CrossLink => {
    const view = begun.get(shard)!;
    const { genesisHash, parameters } = view;
    const header = { ...view.head().header, number: number + 1 };
    const value = headerHash(header);
    const ballot = { epoch, height: height + 1, round: 0, step: "precommit" } as const;
    const signed = voteSignedBytes({ chainId: parameters.chainId, genesisHash }, ballot, value);
    return { header, certificate: { ...ballot, value, signers, signature: blsSign(signed, secret) } };
  };
  return (record) => {
    const key = `${record.shard} ${record.height}`;
    const link = known.get(key) ?? linkOf(record);
    known.set(key, link);
    return [link];
  };
}

async function build(network: NetworkParameters, count: number, source: CrossLinkSource): Promise<Block[]> {
  let nowMs = network.genesis.timestampMs;
  const { builder, view } = await openChain(network, { crossLinks: source, nowMs: () => nowMs });
  const blocks: Block[] = [];
  for (let index = 0; index < count; index++) {
    nowMs += BLOCK_MS;
    const request = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
    const template = await builder.createTemplate(request);
    blocks.push(view.block(await builder.importSealed(template, BigInt(index)))!);
  }
  return blocks;
}

async function importMs(network: NetworkParameters, blocks: readonly Block[]): Promise<number> {
  const chain = await openChain(network, {});
  const startedMs = performance.now();
  for (const block of blocks) await chain.importBlock(block);
  return performance.now() - startedMs;
}
