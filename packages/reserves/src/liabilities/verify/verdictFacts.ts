import { bytesToHex } from "@trellis/base";
import type { AssetList, Balances } from "./assetList.ts";
import type { Verdict } from "./verifyProof.ts";

type Amounts = Readonly<Record<string, string>>;

/** Hexadecimal hashes; base units by asset. */
export interface VerdictFacts {
  readonly isValid: true;
  readonly snapshotId: string;
  readonly rootRecordHash: string;
  readonly root: string;
  readonly depth: number;
  readonly decimals: Readonly<Record<string, number>>;
  readonly customers: readonly {
    readonly customer: string;
    readonly balances: Amounts;
    readonly debts?: Amounts;
  }[];
  readonly totals: Amounts | null;
  readonly totalDebts?: Amounts;
}

export function verdictFacts({
  record,
  recordHash,
  assets,
  customers,
  totals,
}: Extract<Verdict, { isValid: true }>): VerdictFacts {
  return {
    isValid: true,
    snapshotId: bytesToHex(record.snapshotId),
    rootRecordHash: bytesToHex(recordHash),
    root: bytesToHex(record.root),
    depth: record.depth,
    decimals: Object.fromEntries(assets.assets.map(({ id, decimals }) => [id, decimals])),
    customers: customers.map(({ customerId, equity, debt }) => ({
      customer: customerId,
      balances: named(assets, equity),
      ...(assets.hasDebt ? { debts: named(assets, debt) } : {}),
    })),
    totals: totals === undefined ? null : named(assets, totals.equity),
    ...(totals !== undefined && assets.hasDebt ? { totalDebts: named(assets, totals.debt) } : {}),
  };
}

function named({ assets }: AssetList, amounts: Balances["equity"]): Amounts {
  return Object.fromEntries(assets.map(({ id }, column) => [id, String(amounts[column] ?? 0n)]));
}
