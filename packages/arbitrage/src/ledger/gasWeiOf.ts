import type { Hex } from "@trellis/base";
import { ledgerErrors } from "./errors.ts";

/** What an included transaction used. */
interface UsedGas {
  readonly gasUsed: bigint;
  readonly gasPriceWei: bigint;
  /** Of a rollup. */
  readonly l1FeeWei?: bigint;
}

/** What a transaction paid beside its value. */
export function gasWeiOf({ gasUsed, gasPriceWei, l1FeeWei = 0n }: UsedGas): bigint {
  return gasUsed * gasPriceWei + l1FeeWei;
}

/** @throws LEDGER_GAS_PRICE_UNKNOWN */
export function priceOf({
  gasPriceWei,
  transactionHash,
}: {
  readonly gasPriceWei?: bigint;
  readonly transactionHash: Hex;
}): bigint {
  if (gasPriceWei === undefined) throw ledgerErrors.LEDGER_GAS_PRICE_UNKNOWN({ transactionHash });
  return gasPriceWei;
}
