import { protocolErrors } from "../errors.ts";
import { FORKS, type ForkName } from "../forks/forks.ts";
import { floorGas, intrinsicGas } from "./intrinsicGas.ts";
import { INITCODE_BYTES_MAX, NONCE_MAX, UINT256_MAX } from "./limits.ts";
import { TRANSACTION_TYPES, type Transaction } from "./Transaction.ts";

export interface TransactionRules {
  readonly chainId: bigint;
  readonly gasLimit: bigint;
  readonly fork: ForkName;
  readonly transactionBytesMax: number;
  readonly allowUnprotected?: boolean;
}

/**
 * Checks in geth's order. [TX-13]
 * @throws TX_TYPE_UNSUPPORTED, TX_TOO_LARGE, TX_CHAIN_ID_MISMATCH, TX_INITCODE_TOO_LARGE, TX_GAS_LIMIT_TOO_HIGH,
 * TX_TIP_ABOVE_FEE_CAP, TX_FEE_OVERFLOW, TX_NONCE_MAX, TX_INTRINSIC_GAS_TOO_LOW
 */
export function validateTransactionInIsolation(transaction: Transaction, rules: TransactionRules): void {
  const { hash, type, chainId, nonce, gasLimit, to, data, encoded } = transaction;
  const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
  const about = { transaction: hash };
  const { hasSetCode, hasCalldataFloor, transactionGasMax } = FORKS[rules.fork];

  if (type === TRANSACTION_TYPES.setCode && !hasSetCode) throw protocolErrors.TX_TYPE_UNSUPPORTED({ type });
  if (encoded.length > rules.transactionBytesMax) {
    throw protocolErrors.TX_TOO_LARGE({
      ...about,
      got: encoded.length,
      bytesMax: rules.transactionBytesMax,
    });
  }
  const isUnprotected = type === TRANSACTION_TYPES.legacy && chainId === 0n;
  if (chainId !== rules.chainId && !(isUnprotected && rules.allowUnprotected === true)) {
    throw protocolErrors.TX_CHAIN_ID_MISMATCH({ ...about, got: chainId, expected: rules.chainId });
  }
  if (to === null && data.length > INITCODE_BYTES_MAX) {
    throw protocolErrors.TX_INITCODE_TOO_LARGE({ ...about, got: data.length, bytesMax: INITCODE_BYTES_MAX });
  }
  const isCapped = transactionGasMax !== undefined && transactionGasMax < rules.gasLimit;
  const gasMax = isCapped ? transactionGasMax : rules.gasLimit;
  if (gasLimit > gasMax) {
    const of = isCapped ? "transaction" : "block";
    throw protocolErrors.TX_GAS_LIMIT_TOO_HIGH({ ...about, got: gasLimit, gasMax, of });
  }
  if (maxPriorityFeePerGas > maxFeePerGas) {
    throw protocolErrors.TX_TIP_ABOVE_FEE_CAP({ ...about, got: maxPriorityFeePerGas, maxFeePerGas });
  }
  const fee = gasLimit * maxFeePerGas;
  if (fee > UINT256_MAX) throw protocolErrors.TX_FEE_OVERFLOW({ ...about, got: fee, feeMax: UINT256_MAX });
  if (nonce >= NONCE_MAX)
    throw protocolErrors.TX_NONCE_MAX({ ...about, got: nonce, nonceMax: NONCE_MAX - 1n });
  const [intrinsic, floor] = [intrinsicGas(transaction), hasCalldataFloor ? floorGas(transaction) : 0n];
  const gas = intrinsic > floor ? intrinsic : floor;
  if (gas > gasLimit) throw protocolErrors.TX_INTRINSIC_GAS_TOO_LOW({ ...about, got: gasLimit, gasMin: gas });
}

/** Of a transaction that is valid in another fork: the rules of TX-13 that depend on the fork. [EXEC-9] [POOL-20] */
export function isValidInFork(transaction: Transaction, fork: ForkName): boolean {
  const { hasSetCode, hasCalldataFloor, transactionGasMax } = FORKS[fork];
  const { type, gasLimit } = transaction;
  if (type === TRANSACTION_TYPES.setCode && !hasSetCode) return false;
  if (transactionGasMax !== undefined && gasLimit > transactionGasMax) return false;
  return !hasCalldataFloor || floorGas(transaction) <= gasLimit;
}
