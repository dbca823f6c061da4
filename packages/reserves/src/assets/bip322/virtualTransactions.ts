import { concatBytes } from "@trellis/base";
import { taggedHash } from "../bitcoin/hashes.ts";
import { OP } from "../bitcoin/script.ts";
import { type BitcoinInput, type BitcoinTransaction, txidOf } from "../bitcoin/transaction.ts";

const TAG = "BIP0322-signed-message";
const NO_BYTES = new Uint8Array(0);
const NO_COIN = 0xffff_ffff;

/** BIP-322. */
export function messageHash(message: string): Uint8Array {
  return taggedHash(TAG, new TextEncoder().encode(message));
}

export function createToSpend(message: string, script: Uint8Array): BitcoinTransaction {
  const scriptSig = concatBytes(Uint8Array.of(0x00, 0x20), messageHash(message));
  const input = { txid: new Uint8Array(32), vout: NO_COIN, scriptSig, sequence: 0, witness: [] };
  return { version: 0, inputs: [input], outputs: [{ valueSat: 0n, script }], lockTime: 0 };
}

export function createToSign(
  toSpend: BitcoinTransaction,
  witness: readonly Uint8Array[] = [],
): BitcoinTransaction {
  const input: BitcoinInput = { txid: txidOf(toSpend), vout: 0, scriptSig: NO_BYTES, sequence: 0, witness };
  return {
    version: 0,
    inputs: [input],
    outputs: [{ valueSat: 0n, script: Uint8Array.of(OP.RETURN) }],
    lockTime: 0,
  };
}
