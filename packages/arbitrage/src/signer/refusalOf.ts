import { bytesToHex, type Hex, hexToBytes, isTrellisError, type TrellisError } from "@trellis/base";
import type { SigningRecord, UnsignedCall } from "@trellis/client";
import { decodeRoute, encodeExecute } from "@trellis/contracts/arbitrage";
import { signerErrors } from "@trellis/platform/keys";
import type { SignerPolicy } from "./SignerPolicy.ts";

/** [SIGN-2, SIGN-3] */
export function refusalOf(
  call: UnsignedCall,
  wallet: Hex,
  policy: SignerPolicy,
  record: SigningRecord,
  nowMs: number,
): TrellisError | undefined {
  const { chainId, to, valueWei, maxFeeWei, maxTipWei, gasLimit } = call;
  if (!policy.chains.has(chainId)) return signerErrors.SIGNER_REFUSED({ rule: "chain", chainId });
  const isToSelf = to === wallet;
  if (!isToSelf && !policy.contracts.has(to)) return signerErrors.SIGNER_REFUSED({ rule: "contract", to });
  if (valueWei > (isToSelf ? 0n : policy.valueWeiMax))
    return signerErrors.SIGNER_REFUSED({ rule: "value", valueWei, valueWeiMax: policy.valueWeiMax });
  if (!(isToSelf ? call.data === "0x" : isExecute(call.data)))
    return signerErrors.SIGNER_REFUSED({
      rule: "call",
      to,
      data: call.data.slice(0, 10),
      length: call.data.length,
    });
  const { gasPriceWeiMax, gasLimitMax } = policy;
  if (maxFeeWei > gasPriceWeiMax || maxTipWei > maxFeeWei)
    return signerErrors.SIGNER_REFUSED({ rule: "gasPrice", maxFeeWei, maxTipWei, gasPriceWeiMax });
  if (gasLimit > gasLimitMax) return signerErrors.SIGNER_REFUSED({ rule: "gas", gasLimit, gasLimitMax });
  return dayRefusalOf(call, wallet, policy, record, nowMs);
}

function dayRefusalOf(
  call: UnsignedCall,
  wallet: Hex,
  { signaturesPerDayMax, dayWeiMax }: SignerPolicy,
  record: SigningRecord,
  nowMs: number,
): TrellisError | undefined {
  const signatures = record.signatureCount(nowMs) + 1;
  if (signatures > signaturesPerDayMax)
    return signerErrors.SIGNER_REFUSED({ rule: "day", signatures, signaturesPerDayMax });
  const dayWei = record.dayWei(nowMs) + record.addedWei(call, wallet);
  return dayWei > dayWeiMax ? signerErrors.SIGNER_REFUSED({ rule: "day", dayWei, dayWeiMax }) : undefined;
}

/** Calldata offsets in `execute(bytes)`, after selector, offset and length. */
const ROUTE_AT = 4 + 32 + 32;
const LENGTH_AT = 4 + 32 + 31;

/** Requires a canonical route with a minimum profit. [ARB-2] */
export function isExecute(data: Hex): boolean {
  try {
    const bytes = hexToBytes(data);
    const [high = 0, low = 0] = bytes.subarray(LENGTH_AT - 1, LENGTH_AT + 1);
    const route = decodeRoute(bytesToHex(bytes.subarray(ROUTE_AT, ROUTE_AT + high * 256 + low)));
    return route.profitMin > 0n && encodeExecute(route) === data;
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}
