import { bytesText, countText } from "../../../format/units.ts";

export function shortNumber(value: number): string {
  if (value < 0) return `−${shortNumber(-value)}`;
  if (value >= 1e12) return `${(value / 1e12).toFixed(1)} T`;
  if (value >= 1e9) return `${(value / 1e9).toFixed(1)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 1_000) return countText(Math.round(value));
  if (Number.isInteger(value)) return String(value);
  if (value < 0.01) return value.toPrecision(2);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export const perSecond = (value: number): string => `${shortNumber(value)} /s`;

export const bytes = (value: number): string =>
  value >= 1_073_741_824 ? `${(value / 1_073_741_824).toFixed(2)} GiB` : bytesText(value);

export function seconds(value: number): string {
  if (value === 0) return "0 s";
  if (value < 0.001) return `${(value * 1e6).toFixed(0)} µs`;
  if (value < 1) return `${shortNumber(Math.round(value * 1e4) / 10)} ms`;
  return value < 120 ? `${shortNumber(value)} s` : `${shortNumber(value / 60)} min`;
}

export const share = (value: number): string => `${shortNumber(value * 100)} %`;
