import { type Block, EMPTY_BODY, EMPTY_CROSS_SHARD_LISTS } from "../block/Block.ts";
import { bodyRoot } from "../block/body.ts";
import { createBlock } from "../block/encodeBlock.ts";
import { BLOOM_BYTES } from "../receipt/bloom.ts";
import { EMPTY_TRIE_ROOT, type Hash, ZERO_ADDRESS, ZERO_HASH } from "../words.ts";
import type { NetworkParameters } from "./NetworkParameters.ts";
import { headerVersion } from "./shards.ts";

/** @param parameters of the shard (`parametersOfShard`). The seal is never checked. [BLOCK-11] [SHARD-3] */
export function createGenesis(parameters: NetworkParameters, stateRoot: Hash, shard = 0): Block {
  const isAnchored = parameters.sharding !== undefined;
  const body = { ...EMPTY_BODY, ...(isAnchored && { crossShard: EMPTY_CROSS_SHARD_LISTS }) };
  const header = {
    version: headerVersion(parameters),
    shard,
    parents: [],
    bodyRoot: bodyRoot(body),
    acceptedRoot: EMPTY_TRIE_ROOT,
    stateRoot,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    gasUsed: 0n,
    baseFee: parameters.baseFeeGenesis,
    timestampMs: parameters.genesis.timestampMs,
    stream: 0,
    bits: parameters.streams[0]!.genesisBits,
    daaScore: 0,
    blueScore: 0,
    blueWork: 0n,
    number: genesisNumber(parameters),
    finalized: ZERO_HASH,
    ...(isAnchored && { anchor: { hash: ZERO_HASH, number: 0, epoch: 0 } }),
    miner: ZERO_ADDRESS,
    extra: parameters.genesis.extra,
    seal: { branch: [], nonce: 0n },
  };
  return createBlock(header, body);
}

export function genesisNumber({ genesis }: Pick<NetworkParameters, "genesis">): number {
  return genesis.number ?? 0;
}
