import type { Address, Hash } from "../words.ts";

/** Proof of work over `sealRoot` (merge mining). */
export interface Seal {
  /** Siblings from the shard's leaf up; empty for a shard mined alone. */
  readonly branch: readonly Hash[];
  /** uint64 */
  readonly nonce: bigint;
}

/** Block on shard 0's final chain. [SHARD-14.2] */
export interface Anchor {
  readonly hash: Hash;
  readonly number: number;
  /** Of shard 0's state after this block; 0 in blocks of shard 0. */
  readonly epoch: number;
}

export interface Header {
  readonly version: number;
  readonly shard: number;
  /** The first parent is the selected one. */
  readonly parents: readonly Hash[];
  readonly bodyRoot: Hash;
  readonly acceptedRoot: Hash;
  readonly stateRoot: Hash;
  readonly receiptsRoot: Hash;
  /** 256 bytes */
  readonly logsBloom: Uint8Array;
  readonly gasUsed: bigint;
  readonly baseFee: bigint;
  readonly timestampMs: number;
  readonly stream: number;
  readonly bits: number;
  readonly daaScore: number;
  readonly blueScore: number;
  readonly blueWork: bigint;
  /** Height on the selected chain; genesis is 0. */
  readonly number: number;
  readonly finalized: Hash;
  /** Present in version 2. */
  readonly anchor?: Anchor;
  readonly miner: Address;
  readonly extra: Uint8Array;
  readonly seal: Seal;
}
