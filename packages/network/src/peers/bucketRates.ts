import { blockRate, HEADER_LIMITS, type NetworkParameters } from "@trellis/protocol";
import { COUNT_LIMITS, TOKEN_BYTES } from "../wire/limits.ts";
import type { BucketRate } from "./TokenBucket.ts";

/** The least gas of a transaction: a transfer's (Yellow Paper, appendix G). */
const TRANSFER_GAS = 21_000;
/** Hash power and luck: a window of blocks can hold twice what the target says, and the difficulty follows later. */
const MARGIN = 2;
/** What gathers while a peer or the line between was stopped for half a minute comes at once. */
const GATHERED_S = 30;

/** What neighbours announce, ask for and refuse beside messages. */
const GOSSIP_TALK_PER_SECOND = 64;

/** Names of protocols and topics, as the wire's table has them; a topic and a protocol of one name share a bucket. */
export type BucketRates = ReadonlyMap<string, BucketRate>;

/**
 * What each peer may cost by kind of message, in the wire's tokens (4 KiB or a tenth of a millisecond). What follows the
 * chain's pace comes from the network's parameters; what serves a node that catches up is more than such a node
 * can import. [PEER-13]
 */
export function createBucketRates(
  parameters: Pick<NetworkParameters, "streams" | "bodyBytesMax" | "gasLimit">,
): BucketRates {
  const blocksPerSecond = blockRate(parameters.streams) * MARGIN;
  // A gossiped block at its largest: all transactions written out.
  const blockTokens = 2 + (parameters.bodyBytesMax + HEADER_LIMITS.bytesMax) / TOKEN_BYTES;
  const transfersPerBlock = Number(parameters.gasLimit) / TRANSFER_GAS;
  const blocks = paced(blocksPerSecond * blockTokens);
  // Each transfer in a message of its own, as they come from many places; and asked for by hash once more.
  const transactions = paced(blocksPerSecond * (2 * transfersPerBlock + blockTokens + transfersPerBlock / 8));
  const missing = paced(blocksPerSecond * (1 + transfersPerBlock / 8));
  const finality = { perSecond: 4_096, burst: 32_768 };
  const pooledTokens = 1 + COUNT_LIMITS.pooled / 64;
  return new Map<string, BucketRate>([
    // A node that catches up tells of each 32 chain blocks.
    ["hello", { perSecond: 128, burst: 512 }],
    // 8,192 headers a second, and 65,536 at once.
    ["headers", { perSecond: 2_048, burst: 16_384 }],
    // Gossip, and 1,024 blocks a second by hash.
    ["blocks", { perSecond: blocks.perSecond + 4_096, burst: blocks.burst + 32_768 }],
    // 2,048 bodies or 32 MiB a second, and 16,384 or 256 MiB at once.
    ["bodies", { perSecond: 8_192, burst: 65_536 }],
    ["transactions", transactions],
    ["block-transactions", missing],
    // Asked for at each new connection: eight times at once, and again as often as a node dials again.
    ["pooled", { perSecond: pooledTokens / 2, burst: 8 * pooledTokens }],
    // 32 MiB a second, and 128 MiB at once.
    ["state-range", { perSecond: 8_192, burst: 32_768 }],
    ["codes", { perSecond: 2_048, burst: 16_384 }],
    // Transactions that cost their sender nothing: no funds, a nonce that is taken or far off. Honest peers pass them on
    // where the state moves on meanwhile, or where somebody sent different ones of one nonce to different nodes.
    ["refused", { perSecond: 128, burst: 8_192 }],
    // What 128 validators say in a round of a second, all of it new and with a signature to verify, and said again.
    ["finality", finality],
    // A page of certificates five times a second.
    ["certificates", { perSecond: 50, burst: 500 }],
    // All gossip before it is known what it is: a token a message and one for 4 KiB, and what gossip itself says.
    [
      "gossip",
      paced(blocks.perSecond + transactions.perSecond + finality.perSecond + GOSSIP_TALK_PER_SECOND),
    ],
    // Frames of a connection, in those of libp2p's limits: 64 MiB a second of the smallest frames in use, 250 requests.
    ["frames", { perSecond: 32_768, burst: 65_536 }],
  ]);
}

function paced(tokensPerSecond: number): BucketRate {
  const perSecond = Math.ceil(tokensPerSecond);
  return { perSecond, burst: perSecond * GATHERED_S };
}
