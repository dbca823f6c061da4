import { blockRate, HEADER_LIMITS, type NetworkParameters } from "@trellis/protocol";
import { COUNT_LIMITS, TOKEN_BYTES } from "../wire/limits.ts";
import type { BucketRate } from "./TokenBucket.ts";

/** Minimum gas of a transaction (Yellow Paper, appendix G). */
const TRANSFER_GAS = 21_000;
/** Margin for luck and hash power: a window can have twice the target's blocks before difficulty adjusts. */
const MARGIN = 2;
/** Backlog of a half-minute outage. */
const GATHERED_S = 30;

const GOSSIP_TALK_PER_SECOND = 64;

/** By wire name. */
export type BucketRates = ReadonlyMap<string, BucketRate>;

/**
 * One token: 4 KiB or 0.1 ms. Block-related rates follow from the network's parameters; sync rates exceed what a node
 * can import. [PEER-13]
 */
export function createBucketRates(
  parameters: Pick<NetworkParameters, "streams" | "bodyBytesMax" | "gasLimit">,
): BucketRates {
  const blocksPerSecond = blockRate(parameters.streams) * MARGIN;
  // The largest block, with all transactions included.
  const blockTokens = 2 + (parameters.bodyBytesMax + HEADER_LIMITS.bytesMax) / TOKEN_BYTES;
  const transfersPerBlock = Number(parameters.gasLimit) / TRANSFER_GAS;
  const blocks = paced(blocksPerSecond * blockTokens);
  // Each transaction in its own message, plus one request by hash.
  const transactions = paced(blocksPerSecond * (2 * transfersPerBlock + blockTokens + transfersPerBlock / 8));
  const missing = paced(blocksPerSecond * (1 + transfersPerBlock / 8));
  const finality = { perSecond: 4_096, burst: 32_768 };
  const pooledTokens = 1 + COUNT_LIMITS.pooled / 64;
  return new Map<string, BucketRate>([
    // A syncing node says hello every 32 chain blocks.
    ["hello", { perSecond: 128, burst: 512 }],
    // 8,192 headers/s; burst 65,536.
    ["headers", { perSecond: 2_048, burst: 16_384 }],
    // Gossip, and 1,024 blocks/s by hash.
    ["blocks", { perSecond: blocks.perSecond + 4_096, burst: blocks.burst + 32_768 }],
    // 2,048 bodies or 32 MiB/s; burst 16,384 or 256 MiB.
    ["bodies", { perSecond: 8_192, burst: 65_536 }],
    ["transactions", transactions],
    ["block-transactions", missing],
    // Requested on each new connection.
    ["pooled", { perSecond: pooledTokens / 2, burst: 8 * pooledTokens }],
    // 32 MiB/s; burst 128 MiB.
    ["state-range", { perSecond: 8_192, burst: 32_768 }],
    ["codes", { perSecond: 2_048, burst: 16_384 }],
    // Transactions without funds, or with a used or distant nonce: free for the sender. Honest peers relay some when
    // the state changes or conflicting transactions are sent.
    ["refused", { perSecond: 128, burst: 8_192 }],
    // A one-second round of 128 validators, and repeats.
    ["finality", finality],
    // Five pages a second.
    ["certificates", { perSecond: 50, burst: 500 }],
    // Charged before decoding: one token per message, one per 4 KiB, and control messages.
    [
      "gossip",
      paced(blocks.perSecond + transactions.perSecond + finality.perSecond + GOSSIP_TALK_PER_SECOND),
    ],
    // 64 MiB/s in the smallest frames in use.
    ["frames", { perSecond: 32_768, burst: 65_536 }],
  ]);
}

function paced(tokensPerSecond: number): BucketRate {
  const perSecond = Math.ceil(tokensPerSecond);
  return { perSecond, burst: perSecond * GATHERED_S };
}
