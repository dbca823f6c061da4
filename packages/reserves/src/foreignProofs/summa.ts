import { publishedErrors } from "./errors.ts";
import type { PublishedVerdict, Weakness } from "./weaknesses.ts";

export interface SummaEntry {
  readonly username: string;
  /** Base units, in the order of the assets. */
  readonly balances: readonly bigint[];
}

export interface SummaList {
  /** Asset names from the header, or column numbers. */
  readonly assets: readonly string[];
  readonly entries: readonly SummaEntry[];
}

const AMOUNT = /^[0-9]{1,78}$/;
const LINES_MAX = 1_000_000;

/**
 * Columns `username,balance_ETH_ETH,…`, or `username;balances` with a list.
 * @throws PUBLISHED_FORMAT_INVALID
 */
export function readSummaEntries(csv: string): SummaList {
  const lines = csv.split(/\r?\n/).filter((line) => line !== "");
  const [header = "", ...rows] = lines;
  if (lines.length > LINES_MAX || rows.length === 0) throw invalid({ lines: lines.length });
  const isListed = header === "username;balances";
  const columns = header.split(",");
  if (
    !isListed &&
    (columns[0] !== "username" || columns.slice(1).some((name) => !name.startsWith("balance_")))
  )
    throw invalid({ header: header.slice(0, 80) });
  const entries = rows.map((row, index) => readRow(row, isListed, index + 2));
  const width = isListed ? (entries[0]?.balances.length ?? 0) : columns.length - 1;
  const uneven = entries.findIndex(({ balances }) => balances.length !== width);
  if (width === 0 || uneven >= 0) throw invalid({ line: uneven + 2, expected: width });
  const names = new Set(entries.map(({ username }) => username));
  if (names.size < entries.length) throw invalid({ reason: "duplicate customer" });
  const assets = isListed
    ? Array.from({ length: width }, (_, index) => String(index))
    : columns.slice(1).map((name) => name.slice("balance_".length));
  return { assets, entries };
}

function readRow(row: string, isListed: boolean, line: number): SummaEntry {
  const [username = "", ...rest] = row.split(isListed ? ";" : ",");
  const amounts = isListed ? (rest.length === 1 ? (rest[0] as string).split(",") : []) : rest;
  if (username === "" || amounts.length === 0 || !amounts.every((amount) => AMOUNT.test(amount)))
    throw invalid({ line });
  return { username, balances: amounts.map(BigInt) };
}

/** Summa's `N_BYTES`. */
const RANGE_BYTES_DEFAULT = 8;

/** Checks only the sums: without a root there is no zero-knowledge proof. @throws PUBLISHED_PROOF_WRONG */
export function verifySummaEntries(
  { assets, entries }: SummaList,
  { rangeBytes = RANGE_BYTES_DEFAULT }: { readonly rangeBytes?: number } = {},
): PublishedVerdict {
  const limit = 1n << BigInt(8 * rangeBytes);
  const totals = assets.map(() => 0n);
  for (const { username, balances } of entries) {
    for (const [index, balance] of balances.entries()) {
      const total = (totals[index] ?? 0n) + balance;
      if (balance >= limit || total >= limit)
        throw publishedErrors.PUBLISHED_PROOF_WRONG({
          reason: "a sum exceeds the scheme's range",
          username,
          asset: assets[index],
          balance,
          rangeBytes,
        });
      totals[index] = total;
    }
  }
  const weaknesses: Weakness[] = ["ROOT_ABSENT", "RANGE_NARROW", "BALANCES_SHOWN"];
  const named = assets.map((asset, index) => [asset, String(totals[index])] as const);
  return { scheme: "summa-entries", totals: Object.fromEntries(named), weaknesses };
}

function invalid(facts: Record<string, string | number>) {
  return publishedErrors.PUBLISHED_FORMAT_INVALID({ format: "summa", ...facts });
}
