import type { Address } from "../words.ts";
import type { EcdsaSignature, Transaction } from "./Transaction.ts";

/** "impersonate" and a zero byte; below the order of the curve. */
const MARK = 0x696d706572736f6e61746500n;
const ADDRESS_BITS = 160n;
const S = 1n;

/** Stands for a signature on a controlled devnet. Nobody is known to have its key elsewhere. [DEV-5] */
export function impersonatedSignature(sender: Address): EcdsaSignature {
  return { kind: "ecdsa", r: (MARK << ADDRESS_BITS) | BigInt(sender), s: S, yParity: 0 };
}

export function impersonatedSender({ signature }: Pick<Transaction, "signature">): Address | undefined {
  if (signature.kind !== "ecdsa" || signature.s !== S || signature.yParity !== 0) return undefined;
  if (signature.r >> ADDRESS_BITS !== MARK) return undefined;
  return `0x${BigInt.asUintN(160, signature.r).toString(16).padStart(40, "0")}`;
}
