import type { Hex } from "@trellis/base";
import { ledgerErrors } from "./errors.ts";

interface UsedGas {
  readonly gasUsed: bigint;
  readonly gasPriceWei: bigint;
  readonly l1FeeWei?: bigint;
}

export function gasWeiOf({ gasUsed, gasPriceWei, l1FeeWei = 0n }: UsedGas): bigint {
  return gasUsed * gasPriceWei + l1FeeWei;
}

export function priceOf({
  gasPriceWei,
  transactionHash,
}: {
  readonly gasPriceWei?: bigint;
  readonly transactionHash: Hex;
}): bigint {
  if (gasPriceWei === undefined)
    throw ledgerErrors.LEDGER_DATA_MISSING({ reason: "no effectiveGasPrice", transactionHash });
  return gasPriceWei;
}
