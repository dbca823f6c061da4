import type { Execution } from "@trellis/client/arbitrage";
import { countText, gweiText } from "../../format/units.ts";
import { Fact } from "../../ui/primitives.tsx";
import { CoinAmount } from "./tokens.tsx";

export function GasOf({
  execution: { gasUsed, gasPriceWei, gasWei, l1FeeWei },
}: {
  readonly execution: Pick<Execution, "gasUsed" | "gasPriceWei" | "gasWei"> &
    Partial<Pick<Execution, "l1FeeWei">>;
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
          <Fact name="Data fee">
            <CoinAmount wei={String(dataWei)} /> coins, charged by the rollup in addition to gas
          </Fact>
          <Fact name="Total fee">
            <CoinAmount wei={gasWei} /> coins
          </Fact>
        </>
      )}
    </>
  );
}
