import { countText, gweiText } from "../../format/units.ts";
import { Fact } from "../../ui/primitives.tsx";
import type { ExecutionJson } from "./shapes.ts";
import { CoinAmount } from "./tokens.tsx";

/** What an execution's gas cost, and, where a rollup charged for its data beside gas, that by itself and the sum. */
export function GasOf({
  execution: { gasUsed, gasPriceWei, gasWei, l1FeeWei },
}: {
  readonly execution: Pick<ExecutionJson, "gasUsed" | "gasPriceWei" | "gasWei" | "l1FeeWei">;
}) {
  if (gasUsed === null || gasPriceWei === null || gasWei === null) return null;
  const dataWei = BigInt(l1FeeWei ?? 0);
  return (
    <>
      <Fact name="Gas">
        {countText(BigInt(gasUsed))} at {gweiText(BigInt(gasPriceWei))}:{" "}
        <CoinAmount wei={String(BigInt(gasWei) - dataWei)} /> coins
      </Fact>
      {dataWei !== 0n && (
        <>
          <Fact name="Fee for data">
            <CoinAmount wei={String(dataWei)} /> coins, which the rollup charged beside gas
          </Fact>
          <Fact name="Both">
            <CoinAmount wei={gasWei} /> coins
          </Fact>
        </>
      )}
    </>
  );
}
