import type { Account } from "../ports/state.ts";
import { encodeRlp } from "../rlp/encodeRlp.ts";
import { openRlpList } from "../rlp/RlpReader.ts";
import { UINT64_MAX } from "../transaction/limits.ts";
import type { Hash } from "../words.ts";

/** Yellow paper, section 4.1. [BLOCK-14] */
export function encodeAccount(account: Account, storageRoot: Hash): Uint8Array {
  return encodeRlp([account.nonce, account.balance, storageRoot, account.codeHash]);
}

export function decodeAccount(bytes: Uint8Array): { readonly account: Account; readonly storageRoot: Hash } {
  const fields = openRlpList(bytes, "account");
  const nonce = fields.readUint("nonce", UINT64_MAX);
  const balance = fields.readUint("balance");
  const storageRoot = fields.readHash("storageRoot");
  const codeHash = fields.readHash("codeHash");
  fields.finish("account");
  return { account: { nonce, balance, codeHash }, storageRoot };
}
