import { type Block, EMPTY_BODY } from "../block/Block.ts";
import { bodyRoot } from "../block/body.ts";
import { createBlock } from "../block/encodeBlock.ts";
import { HEADER_VERSION } from "../block/limits.ts";
import { BLOOM_BYTES } from "../receipt/bloom.ts";
import { EMPTY_TRIE_ROOT, type Hash, ZERO_ADDRESS, ZERO_HASH } from "../words.ts";
import type { NetworkParameters } from "./NetworkParameters.ts";

/** @param parameters of the shard (`parametersOfShard`). The seal is never checked. [BLOCK-11] [SHARD-3] */
export function createGenesis(parameters: NetworkParameters, stateRoot: Hash, shard = 0): Block {
  const header = {
    version: HEADER_VERSION,
    shard,
    parents: [],
    bodyRoot: bodyRoot(EMPTY_BODY),
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
    miner: ZERO_ADDRESS,
    extra: parameters.genesis.extra,
    seal: { branch: [], nonce: 0n },
  };
  return createBlock(header, EMPTY_BODY);
}

export function genesisNumber({ genesis }: Pick<NetworkParameters, "genesis">): number {
  return genesis.number ?? 0;
}
