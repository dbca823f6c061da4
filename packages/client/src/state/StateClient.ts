import type { Hex } from "@trellis/base";

export interface AccountState {
  readonly nonce: bigint;
  /** wei. */
  readonly balance: bigint;
  /** keccak256, even for empty code. */
  readonly codeHash: Hex;
  readonly slots: readonly bigint[];
}

export interface TouchedAccount {
  readonly address: Hex;
  readonly slots: readonly Hex[];
}

export interface OverriddenCall {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly gasLimit: bigint;
  /** By account. Storage is not overridden. */
  readonly codes: ReadonlyMap<Hex, Hex>;
  readonly context: { readonly number: number; readonly timeSeconds: number };
}

/**
 * Answers are unproven: callers must not lose money by a wrong one.
 * @throws NODE_BLOCK_UNKNOWN, errors of ChainClient
 */
export interface StateClient {
  readonly name: string;
  /** @param slots 32 bytes each */
  account(address: Hex, slots: readonly Hex[], blockHash: Hex): Promise<AccountState>;
  code(address: Hex, blockHash: Hex): Promise<Hex>;
  blockHash(height: number): Promise<Hex | undefined>;
  /** Undefined if the node cannot trace. */
  touched(call: OverriddenCall, blockHash: Hex): Promise<readonly TouchedAccount[] | undefined>;
  /** Undefined if the call reverts. */
  callOverridden(call: OverriddenCall, blockHash: Hex): Promise<Hex | undefined>;
}
