import { formatUnits, getAddress, type Hex, isAddress } from "viem";

const COIN_DECIMALS = 18;
const GWEI_DECIMALS = 9;
/** Lower gas prices are shown in wei. */
const GWEI_SHOWN = 1_000_000n;

export function decimalText(value: bigint, decimals: number, fractionMax = 6): string {
  const [whole = "0", fraction = ""] = formatUnits(value, decimals).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  const shown = fraction.slice(0, fractionMax).replace(/0+$/, "");
  if (shown === "" && fraction !== "" && BigInt(whole) === 0n) return `< 0.${"0".repeat(fractionMax - 1)}1`;
  return shown === "" ? grouped : `${grouped}.${shown}`;
}

export function groupedText(text: string): string {
  const [whole = "", ...fraction] = text.split(".");
  return [countText(whole), ...fraction].join(".");
}

export function exactText(value: bigint, decimals: number): string {
  return formatUnits(value, decimals);
}

export function unitsText(value: bigint, decimals: number | null): string {
  return decimals === null ? `${countText(value)} base units` : decimalText(value, decimals);
}

export function coinText(wei: bigint): string {
  return decimalText(wei, COIN_DECIMALS);
}

export function coinsText(wei: bigint): string {
  return `${coinText(wei)} ${wei === 10n ** BigInt(COIN_DECIMALS) ? "coin" : "coins"}`;
}

export function gweiText(wei: bigint): string {
  return wei < GWEI_SHOWN ? `${wei} wei` : `${decimalText(wei, GWEI_DECIMALS, 3)} gwei`;
}

export function countText(count: number | bigint | string): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function addressText(address: string): string {
  return isAddress(address, { strict: false }) ? getAddress(address) : address;
}

export function shortHex(hex: string, ends = 6): string {
  return hex.length <= 2 + 2 * ends ? hex : `${hex.slice(0, 2 + ends)}…${hex.slice(-ends)}`;
}

export function agoText(fromMs: number, nowMs: number): string {
  return `${durationText(nowMs - fromMs)} ago`;
}

export function inText(nowMs: number, atMs: number): string {
  return `in ${durationText(atMs - nowMs)}`;
}

function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${(bytes / 1_024).toFixed(1)} KiB`;
  if (bytes < 1_073_741_824) return `${(bytes / 1_048_576).toFixed(1)} MiB`;
  return `${(bytes / 1_073_741_824).toFixed(1)} GiB`;
}

export function toNumber(quantity: Hex | string | null | undefined): number {
  return quantity === null || quantity === undefined ? 0 : Number(quantity);
}
