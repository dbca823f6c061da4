import type { Hash } from "@trellis/protocol";

/** Whose votes, and on which chain: a signature of one says nothing on another. */
export interface ValidatorKey {
  readonly chainId: bigint;
  readonly genesisHash: Hash;
  /** BLS, 48 bytes. */
  readonly publicKey: Uint8Array;
}
