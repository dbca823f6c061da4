import { bytesEqual } from "@trellis/base";
import {
  type Account,
  type Address,
  EMPTY_CODE_HASH,
  type KeyAgileSignature,
  type Transaction,
} from "@trellis/protocol";
import type { Entry } from "./Entry.ts";

/** What the pool reads of the state after the sink. It moves when the chain moves. */
export interface PoolState {
  account(address: Address): Account | undefined;
  /** By the key registry. The answer may depend on the transaction's key and the sender, and on nothing else. */
  isKeyValid(transaction: Transaction, sender: Address): boolean;
}

const ABSENT: Account = { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH };

/** An account that is not in the state has nothing and has sent nothing. */
export function accountOf(state: PoolState, address: Address): Account {
  return state.account(address) ?? ABSENT;
}

export function isSameAccount(a: Account, b: Account): boolean {
  return a === b || (a.nonce === b.nonce && a.balance === b.balance && a.codeHash === b.codeHash);
}

/** A check of one sender's entries that asks the registry once a key, not once a transaction. [POOL-13] */
export function createKeyCheck(state: PoolState, sender: Address): (entry: Entry) => boolean {
  // ECDSA signatures of one sender all come from the key that its address was recovered from.
  let isEcdsaValid: boolean | undefined;
  let asked: KeyAgileSignature | undefined;
  let isAskedValid = false;
  return ({ transaction }) => {
    const { signature } = transaction;
    if (signature.kind === "ecdsa") {
      isEcdsaValid ??= state.isKeyValid(transaction, sender);
      return isEcdsaValid;
    }
    if (asked === undefined || !isSameKey(asked, signature)) {
      asked = signature;
      isAskedValid = state.isKeyValid(transaction, sender);
    }
    return isAskedValid;
  };
}

function isSameKey(a: KeyAgileSignature, b: KeyAgileSignature): boolean {
  return a.algorithm === b.algorithm && bytesEqual(a.publicKey, b.publicKey);
}
