import type { Certificate, Evidence } from "../finality/Vote.ts";
import type { Transaction } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import type { Header } from "./Header.ts";

export interface Body {
  readonly transactions: readonly Transaction[];
  /** Take effect when a chain block executes this body. */
  readonly certificates: readonly Certificate[];
  readonly evidence: readonly Evidence[];
}

export const EMPTY_BODY: Body = { transactions: [], certificates: [], evidence: [] };

export interface Block {
  readonly hash: Hash;
  readonly header: Header;
  readonly body: Body;
}
