import { assetsErrors } from "../errors.ts";
import { decodeNumber } from "./scriptNumber.ts";
import type { BitcoinTransaction } from "./transaction.ts";

interface LockedInput {
  readonly transaction: BitcoinTransaction;
  readonly inputIndex: number;
}

/** Lower lock times are block heights; others are Unix seconds (BIP-65). */
const SECONDS_FROM = 500_000_000n;
const SEQUENCE_FINAL = 0xffff_ffff;
/** BIP-68. */
const SEQUENCE_DISABLED = 1n << 31n;
const SEQUENCE_IN_SECONDS = 1n << 22n;
const SEQUENCE_MASK = SEQUENCE_IN_SECONDS | 0xffffn;
/** In bytes. Operands are below 2^39 (BIP-65, BIP-112). */
const LOCK_SIZE_MAX = 5;

/** OP_CHECKLOCKTIMEVERIFY (BIP-65). */
export function checkLockTime(element: Uint8Array, { transaction, inputIndex }: LockedInput): void {
  const wanted = decodeNumber(element, LOCK_SIZE_MAX);
  const given = BigInt(transaction.lockTime);
  const isOneKind = wanted < SECONDS_FROM === given < SECONDS_FROM;
  const isFinal = transaction.inputs[inputIndex]?.sequence === SEQUENCE_FINAL;
  if (wanted < 0n || !isOneKind || wanted > given || isFinal)
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "lock time not reached", wanted, given });
}

/** OP_CHECKSEQUENCEVERIFY (BIP-112). */
export function checkSequence(element: Uint8Array, { transaction, inputIndex }: LockedInput): void {
  const wanted = decodeNumber(element, LOCK_SIZE_MAX);
  if (wanted >= 0n && (wanted & SEQUENCE_DISABLED) !== 0n) return;
  const given = BigInt(transaction.inputs[inputIndex]?.sequence ?? 0);
  const isOneKind = (wanted & SEQUENCE_IN_SECONDS) === (given & SEQUENCE_IN_SECONDS);
  const isReached = (wanted & SEQUENCE_MASK) <= (given & SEQUENCE_MASK);
  const isLocked = transaction.version < 2 || (given & SEQUENCE_DISABLED) !== 0n;
  if (wanted < 0n || isLocked || !isOneKind || !isReached)
    throw assetsErrors.BITCOIN_SIGNATURE_INVALID({ reason: "relative lock time not reached", wanted, given });
}
