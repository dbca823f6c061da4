import type { Hex } from "@trellis/base";
import type { SigningRecord } from "./SigningRecord.ts";
import type { UnsignedCall } from "./signCall.ts";

/** Checks call data, such as the minimum profit of `execute`. */
export type CallRule = (data: Hex) => boolean;

export interface TransactionPolicy {
  readonly chains: readonly number[];
  /** Lower case; `*`: any. */
  readonly recipients: readonly (Hex | "*")[];
  /** First four bytes; `0x`: no data; `*`: any data. */
  readonly selectors: readonly (Hex | "*")[];
  readonly call?: CallRule | undefined;
  readonly valueWeiMax: bigint;
  /** Per gas. */
  readonly gasPriceWeiMax: bigint;
  readonly gasLimitMax: bigint;
  readonly signaturesPerDayMax: number;
  /** Gas limit × maximum fee + value, per day. */
  readonly dayWeiMax: bigint;
}

export interface CallRefusal {
  readonly rule: string;
  readonly [fact: string]: string | number | bigint;
}

/** [SIGNER-4] */
export function refusalOfCall(
  call: UnsignedCall,
  policy: TransactionPolicy,
  record: SigningRecord,
  nowMs: number,
): CallRefusal | undefined {
  const { chainId, to, data, valueWei, maxFeeWei, maxTipWei, gasLimit } = call;
  const { valueWeiMax, gasPriceWeiMax, gasLimitMax, recipients, selectors } = policy;
  if (!policy.chains.includes(chainId)) return { rule: "chain", chainId };
  if (!recipients.includes("*") && !recipients.includes(to)) return { rule: "recipient", to };
  const selector = data.slice(0, 10) as Hex;
  if (!selectors.includes("*") && !selectors.includes(selector)) return { rule: "selector", to, selector };
  if (data !== "0x" && policy.call?.(data) === false) return { rule: "call", to, selector };
  if (valueWei > valueWeiMax) return { rule: "value", valueWei, valueWeiMax };
  if (maxFeeWei > gasPriceWeiMax || maxTipWei > maxFeeWei)
    return { rule: "gasPrice", maxFeeWei, maxTipWei, gasPriceWeiMax };
  if (gasLimit > gasLimitMax) return { rule: "gas", gasLimit, gasLimitMax };
  return dayRefusalOf(call, policy, record, nowMs);
}

function dayRefusalOf(
  call: UnsignedCall,
  { signaturesPerDayMax, dayWeiMax }: TransactionPolicy,
  record: SigningRecord,
  nowMs: number,
): CallRefusal | undefined {
  const signatures = record.signatureCount(nowMs) + 1;
  if (signatures > signaturesPerDayMax) return { rule: "day", signatures, signaturesPerDayMax };
  const dayWei = record.dayWei(nowMs) + record.addedWei(call);
  return dayWei > dayWeiMax ? { rule: "day", dayWei, dayWeiMax } : undefined;
}
