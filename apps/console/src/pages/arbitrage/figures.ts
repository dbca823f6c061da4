import { timeText } from "../../format/timeText.ts";
import { coinsText, countText, gweiText } from "../../format/units.ts";

const NAMES: Readonly<Record<string, string>> = {
  profitWei: "profit",
  gasWei: "gas",
  gasWeiMax: "maximum gas",
  gasPriceWei: "gas price",
  gasUsed: "gas used",
  l1FeeWei: "data fee",
  flashFeeWei: "flash loan fee",
  flashFee: "flash loan fee, base units",
  marginPpm: "safety margin",
  marginWei: "safety margin",
  netWei: "net profit",
  thresholdWei: "threshold",
  notionalWei: "notional",
  blockTimeMs: "block time",
  paysEnough: "profitable",
};

const WHOLE = /^-?\d+$/;

export function figureName(name: string): string {
  return NAMES[name] ?? name;
}

export function figureText(name: string, value: string): string {
  if (value === "true" || value === "false") return value === "true" ? "yes" : "no";
  if (!WHOLE.test(value)) return value;
  const number = BigInt(value);
  if (/PriceWei(Max)?$/.test(name)) return gweiText(number);
  if (/Wei(Max)?$/.test(name)) return signedCoins(number);
  if (/Ppm$/.test(name)) return `${Number(number) / 10_000} %`;
  if (/Ms$/.test(name)) return timeText(Number(number));
  return countText(number);
}

export function worthText(reason: string): string {
  return reason.replaceAll(/(?<![\w.])(-?\d{4,})(?: wei)?(?![\w.])/g, (_, wei: string) =>
    signedCoins(BigInt(wei)),
  );
}

function signedCoins(wei: bigint): string {
  return wei < 0n ? `−${coinsText(-wei)}` : coinsText(wei);
}
