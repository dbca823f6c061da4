import { clientErrors } from "../errors.ts";
import type { GasFees } from "./PreparedTransaction.ts";

/** How many blocks' growth of the base fee (an eighth each, EIP-1559) a transaction outlasts: six. */
const BASE_FEE_MARGIN = 2n;

/**
 * What a transaction offers: twice the base fee, which lasts for six full blocks, and the tip.
 * @param market base fee of the newest block, and the tip that the node suggests
 * @param limitWei the most for a unit of gas, tip included
 * @param above the fees of the transaction that it replaces: both are raised by an eighth, where pools ask for a tenth
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

/** By an eighth, and by one at least. */
function raised(wei: bigint): bigint {
  return wei + wei / 8n + 1n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
