import { clientErrors } from "../errors.ts";
import type { GasFees } from "./PreparedTransaction.ts";

/** The base fee needs six full blocks to double (EIP-1559). */
const BASE_FEE_MARGIN = 2n;

/**
 * @param above fees of the replaced transaction; new fees are an eighth higher (mempools require a tenth)
 * @throws TRANSACTION_FEE_PAST_LIMIT
 */
export function chooseFees(
  market: { readonly baseFeeWei: bigint; readonly tipWei: bigint },
  limitWei: bigint,
  above?: GasFees,
): GasFees {
  const { baseFeeWei, tipWei } = market;
  const tipMin = above === undefined ? 0n : raised(above.maxTipWei);
  const feeMin =
    above === undefined ? baseFeeWei + tipWei : max(raised(above.maxFeeWei), baseFeeWei + tipMin);
  if (feeMin > limitWei) throw clientErrors.TRANSACTION_FEE_PAST_LIMIT({ got: feeMin, limitWei });
  const maxTipWei = max(tipWei, tipMin);
  const maxFeeWei = min(max(BASE_FEE_MARGIN * baseFeeWei + maxTipWei, feeMin), limitWei);
  return { maxFeeWei, maxTipWei: min(maxTipWei, maxFeeWei) };
}

function raised(wei: bigint): bigint {
  return wei + wei / 8n + 1n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
