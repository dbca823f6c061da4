import { timeText } from "../../format/timeText.ts";
import { coinsText, countText, gweiText } from "../../format/units.ts";

/** What the engine calls the figures of a decision, in words. */
const NAMES: Readonly<Record<string, string>> = {
  ...{ profitWei: "profit", gasWei: "gas", gasWeiMax: "gas, at most", gasPriceWei: "price of gas" },
  ...{ gasUsed: "gas used", l1FeeWei: "fee for data", flashFeeWei: "fee of the flash loan" },
  ...{ flashFee: "fee of the flash loan, base units", marginPpm: "margin of error", marginWei: "margin" },
  ...{
    netWei: "net profit",
    thresholdWei: "threshold",
    notionalWei: "at stake",
    blockTimeMs: "time of the block",
  },
  ...{ paysEnough: "pays enough" },
};

const WHOLE = /^-?\d+$/;

export function figureName(name: string): string {
  return NAMES[name] ?? name;
}

/** A figure with its unit, which the end of its name tells. */
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

/** What the engine says of worth is all in wei: amounts are told in coins. */
export function worthText(reason: string): string {
  return reason.replaceAll(/(?<![\w.])(-?\d{4,})(?: wei)?(?![\w.])/g, (_, wei: string) =>
    signedCoins(BigInt(wei)),
  );
}

function signedCoins(wei: bigint): string {
  return wei < 0n ? `−${coinsText(-wei)}` : coinsText(wei);
}
