import { concatBytes } from "@trellis/base";
import { compactSize, uint32, uint64, varBytes } from "./encode.ts";
import { doubleSha256, sha256, taggedHash } from "./hashes.ts";
import type { SignatureCounter } from "./SignatureCounter.ts";
import {
  type BitcoinOutput,
  type BitcoinTransaction,
  encodeBare,
  encodeOutpoint,
  encodeOutput,
} from "./transaction.ts";

/** The only hash type that BIP-322 allows; Taproot's default is equivalent. */
export const SIGHASH_ALL = 0x01;
export const SIGHASH_DEFAULT = 0x00;

export interface SigningContext {
  readonly transaction: BitcoinTransaction;
  readonly inputIndex: number;
  readonly coins: readonly BitcoinOutput[];
  readonly counter: SignatureCounter;
}

/** SIGHASH_ALL before segwit. */
export function legacyHash({ transaction, inputIndex }: SigningContext, scriptCode: Uint8Array): Uint8Array {
  const empty = new Uint8Array(0);
  const inputs = transaction.inputs.map((input, index) => ({
    ...input,
    scriptSig: index === inputIndex ? scriptCode : empty,
  }));
  return doubleSha256(concatBytes(encodeBare({ ...transaction, inputs }), uint32(SIGHASH_ALL)));
}

/** SIGHASH_ALL (BIP-143). */
export function segwitHash(context: SigningContext, scriptCode: Uint8Array): Uint8Array {
  const { transaction, inputIndex, coins } = context;
  const { inputs, outputs } = transaction;
  const own = inputs[inputIndex] as (typeof inputs)[number];
  const coin = coins[inputIndex] as BitcoinOutput;
  return doubleSha256(
    concatBytes(
      uint32(transaction.version),
      doubleSha256(concatBytes(...inputs.map(encodeOutpoint))),
      doubleSha256(concatBytes(...inputs.map(({ sequence }) => uint32(sequence)))),
      encodeOutpoint(own),
      varBytes(scriptCode),
      uint64(coin.valueSat),
      uint32(own.sequence),
      doubleSha256(concatBytes(...outputs.map(encodeOutput))),
      uint32(transaction.lockTime),
      uint32(SIGHASH_ALL),
    ),
  );
}

/** BIP-341, "Common signature message", without annex; BIP-342 for leaves. */
export function taprootHash(context: SigningContext, hashType: number, leafHash?: Uint8Array): Uint8Array {
  const { transaction, inputIndex, coins } = context;
  const { inputs, outputs } = transaction;
  const extension = leafHash === undefined ? [] : [leafHash, Uint8Array.of(0x00), uint32(NO_CODE_SEPARATOR)];
  return taggedHash(
    "TapSighash",
    Uint8Array.of(0x00, hashType),
    uint32(transaction.version),
    uint32(transaction.lockTime),
    sha256(concatBytes(...inputs.map(encodeOutpoint))),
    sha256(concatBytes(...coins.map(({ valueSat }) => uint64(valueSat)))),
    sha256(concatBytes(...coins.map(({ script }) => varBytes(script)))),
    sha256(concatBytes(...inputs.map(({ sequence }) => uint32(sequence)))),
    sha256(concatBytes(...outputs.map(encodeOutput))),
    Uint8Array.of(leafHash === undefined ? 0 : 2),
    uint32(inputIndex),
    ...extension,
  );
}

const NO_CODE_SEPARATOR = 0xffff_ffff;

/** BIP-341. */
export function tapLeafHash(leafVersion: number, script: Uint8Array): Uint8Array {
  return taggedHash("TapLeaf", Uint8Array.of(leafVersion), compactSize(script.length), script);
}
