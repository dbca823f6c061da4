import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { Header } from "./Header.ts";

/** What a block carries by itself. */
export interface Body {
  readonly transactions: readonly Transaction[];
}

export interface Block {
  /** keccak256 of the encoded header, seal included. */
  readonly hash: Hash;
  readonly header: Header;
  readonly body: Body;
}
