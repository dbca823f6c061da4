import { blockRate, HEADER_LIMITS, type NetworkParameters } from "@trellis/protocol";
import { COUNT_LIMITS, TOKEN_BYTES } from "../wire/limits.ts";
import type { BucketRate } from "./TokenBucket.ts";

/** Yellow Paper, appendix G. */
const TRANSFER_GAS = 21_000;
/** Randomness and growing hash power can double the block rate until difficulty adjusts. */
const MARGIN = 2;
/** Seconds. The burst covers an outage of this length. */
const GATHERED_S = 30;

const GOSSIP_TALK_PER_SECOND = 64;

export type BucketRates = ReadonlyMap<string, BucketRate>;

/**
 * Rates for blocks follow from the network's parameters; rates for sync exceed a node's import speed.
 * [PEER-13]
 */
export function createBucketRates(
  parameters: Pick<NetworkParameters, "streams" | "bodyBytesMax" | "gasLimit">,
): BucketRates {
  const blocksPerSecond = blockRate(parameters.streams) * MARGIN;
  const blockTokens = 2 + (parameters.bodyBytesMax + HEADER_LIMITS.bytesMax) / TOKEN_BYTES;
  const transfersPerBlock = Number(parameters.gasLimit) / TRANSFER_GAS;
  const blocks = paced(blocksPerSecond * blockTokens);
  // Worst case: one message per transaction, and one request for each.
  const transactions = paced(blocksPerSecond * (2 * transfersPerBlock + blockTokens + transfersPerBlock / 8));
  const missing = paced(blocksPerSecond * (1 + transfersPerBlock / 8));
  const finality = { perSecond: 4_096, burst: 32_768 };
  const pooledTokens = 1 + COUNT_LIMITS.pooled / 64;
  return new Map<string, BucketRate>([
    // A syncing node sends a hello up to once per second.
    ["hello", { perSecond: 128, burst: 512 }],
    ["headers", { perSecond: 2_048, burst: 16_384 }],
    // A hundred pages: twice the past of a checkpoint on the public networks.
    ["past", { perSecond: 1_024, burst: 40_960 }],
    ["blocks", { perSecond: blocks.perSecond + 4_096, burst: blocks.burst + 32_768 }],
    ["bodies", { perSecond: 8_192, burst: 65_536 }],
    ["transactions", transactions],
    ["block-transactions", missing],
    ["pooled", { perSecond: pooledTokens / 2, burst: 8 * pooledTokens }],
    ["state-range", { perSecond: 8_192, burst: 32_768 }],
    ["codes", { perSecond: 2_048, burst: 16_384 }],
    ["traces", { perSecond: 64, burst: 512 }],
    // Rejected transactions cost the sender nothing.
    ["refused", { perSecond: 128, burst: 8_192 }],
    ["finality", finality],
    ["certificates", { perSecond: 50, burst: 500 }],
    // One request a second.
    ["shards", { perSecond: 68, burst: 1_088 }],
    // Eight full requests a second.
    ["outbox", { perSecond: 2_176, burst: 16_384 }],
    // Charged before decoding: one token per message and per 4 KiB.
    [
      "gossip",
      paced(blocks.perSecond + transactions.perSecond + finality.perSecond + GOSSIP_TALK_PER_SECOND),
    ],
    // 64 MiB/s in the smallest frames of honest peers.
    ["frames", { perSecond: 32_768, burst: 65_536 }],
  ]);
}

function paced(tokensPerSecond: number): BucketRate {
  const perSecond = Math.ceil(tokensPerSecond);
  return { perSecond, burst: perSecond * GATHERED_S };
}
