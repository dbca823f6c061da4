import type { AuditReport } from "./AuditReport.ts";

const COLUMNS = [
  ...["snapshot", "snapshotId", "asset", "decimals", "liabilities"],
  ...["reserves", "countedReserves", "isCovered", "customerDebts"],
];

/** Amounts are base units. Asset symbols need no quotes. */
export function reportToCsv({ snapshot: { record }, attestation }: AuditReport): string {
  const rows = record.totals.map(({ asset, decimals, amount }, column) => {
    const attested = attestation?.assets.find((one) => one.asset === asset);
    const { reserves = "", countedReserves = "", isCovered = "" } = attested ?? {};
    const debts = record.debts?.[column]?.amount ?? "";
    const known = [record.number, record.snapshotId, asset, decimals, amount];
    return [...known, reserves, countedReserves, isCovered, debts].join();
  });
  return `${[COLUMNS.join(), ...rows].join("\n")}\n`;
}
