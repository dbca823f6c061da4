import type { Certificate, Evidence } from "../finality/Vote.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { Header } from "./Header.ts";

/** What a block carries by itself. */
export interface Body {
  readonly transactions: readonly Transaction[];
  /** Of checkpoints that are final. What a chain block makes of them is known when it executes them. */
  readonly certificates: readonly Certificate[];
  /** Of validators that voted twice. */
  readonly evidence: readonly Evidence[];
}

export const EMPTY_BODY: Body = { transactions: [], certificates: [], evidence: [] };

export interface Block {
  /** keccak256 of the encoded header, seal included. */
  readonly hash: Hash;
  readonly header: Header;
  readonly body: Body;
}
