import { decimalText, exactText } from "../../../format/units.ts";
import { Copy } from "../../../ui/primitives.tsx";
import { useReserves } from "../service/useReserves.ts";

export function useDecimals(): ReadonlyMap<string, number> | undefined {
  const { data } = useReserves("listAssets", {});
  return data && new Map(data.items.map(({ id, decimals }) => [id, decimals]));
}

interface AmountProps {
  readonly asset: string;
  /** In base units. */
  readonly amount: string | bigint;
  readonly decimals?: number;
  readonly hasCopy?: boolean;
  readonly isSigned?: boolean;
}

export function Amount({ asset, amount, decimals, hasCopy = false, isSigned = false }: AmountProps) {
  const { data, isLoading } = useReserves("listAssets", {}, { isWanted: decimals === undefined });
  const places = decimals ?? data?.items.find(({ id }) => id === asset)?.decimals;
  const value = BigInt(amount);
  const title = `${value} base units of ${asset}`;
  if (isLoading) {
    return (
      <span className="amount" title={title}>
        … <span className="soft">{asset}</span>
      </span>
    );
  }
  const text = places === undefined ? String(value) : signedText(value, places);
  const sign = isSigned && value > 0n ? "+" : "";
  return (
    <span className="amount" title={title}>
      {sign}
      {text} <span className="soft">{places === undefined ? "base units" : asset}</span>
      {hasCopy && <Copy text={copiedAmount(value, places, asset)} label={`amount of ${asset}`} />}
    </span>
  );
}

export function copiedAmount(value: bigint, places: number | undefined, asset: string): string {
  return places === undefined ? `${value} base units of ${asset}` : `${exactText(value, places)} ${asset}`;
}

const FRACTION_MAX = 8;

function signedText(value: bigint, decimals: number): string {
  return value < 0n
    ? `−${decimalText(-value, decimals, FRACTION_MAX)}`
    : decimalText(value, decimals, FRACTION_MAX);
}
