import type { Hex } from "@trellis/base";

/** An account in the state of a block, with some of its slots. */
export interface AccountState {
  readonly nonce: bigint;
  /** wei */
  readonly balance: bigint;
  /** keccak256 of its code, that of no bytes where it has none. */
  readonly codeHash: Hex;
  /** Values of the slots that were asked for, in their order. */
  readonly slots: readonly bigint[];
}

export interface TouchedAccount {
  readonly address: Hex;
  readonly slots: readonly Hex[];
}

/** A message to run, with what it finds changed beforehand. */
export interface OverriddenCall {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly gasLimit: bigint;
  /** Code by account, which keeps its storage. */
  readonly codes: ReadonlyMap<Hex, Hex>;
  /** The block in whose context it runs. */
  readonly context: { readonly number: number; readonly timeSeconds: number };
}

/**
 * Port: states of an EVM chain by one node, or by several that agree, each named by its block's hash. Every method
 * throws NODE_BLOCK_UNKNOWN and what a ChainView throws; one over several nodes NODES_TOO_FEW, NODES_DISAGREE. What a
 * node says of a state is not proved: whoever acts on it must lose nothing by a lie.
 */
export interface StateClient {
  readonly name: string;
  /** @param slots 32 bytes each */
  account(address: Hex, slots: readonly Hex[], blockHash: Hex): Promise<AccountState>;
  code(address: Hex, blockHash: Hex): Promise<Hex>;
  /** The canonical block's hash at a height; undefined when there is none. */
  blockHash(height: number): Promise<Hex | undefined>;
  /** What a message touches; undefined where the node cannot tell. */
  touched(call: OverriddenCall, blockHash: Hex): Promise<readonly TouchedAccount[] | undefined>;
  /** What a message returns, or undefined when it reverts. */
  callOverridden(call: OverriddenCall, blockHash: Hex): Promise<Hex | undefined>;
}
