import type { BlockContext, SignedBy, SkipReason } from "@trellis/protocol";
import type { OracleState } from "../state/OracleState.ts";

/**
 * First failed check in geth's order (core/state_transition.go), except KEY_NOT_VALID. @param budget
 * remaining gas of the carrier
 */
export function skipReason(
  state: OracleState,
  { baseFee }: BlockContext,
  { transaction, sender }: SignedBy,
  budget: bigint,
): SkipReason | undefined {
  const { nonce, gasLimit, maxFeePerGas, value } = transaction;
  const account = state.account(sender);
  const accountNonce = account?.nonce ?? 0n;
  if (nonce < accountNonce) return "NONCE_TOO_LOW";
  if (nonce > accountNonce) return "NONCE_TOO_HIGH";
  if (account?.isContract()) return "SENDER_HAS_CODE";
  if (maxFeePerGas < baseFee) return "FEE_BELOW_BASE_FEE";
  if ((account?.balance ?? 0n) < gasLimit * maxFeePerGas + value) return "FUNDS_INSUFFICIENT";
  if (gasLimit > budget) return "GAS_BUDGET_EXHAUSTED";
  return undefined;
}
