import { amountText } from "./amountText.ts";
import type { VerdictFacts } from "./verdictFacts.ts";

type Line = readonly [label: string, value: string];

const LABEL_WIDTH = 14;

/** Prints untrusted ids as JSON. @param comparedWith describes the trusted record, if any (LIAB-23) */
export function verdictText(facts: VerdictFacts, comparedWith: string | undefined): string {
  const { customers, decimals, totals, totalDebts = {}, rootRecordHash, snapshotId, root, depth } = facts;
  const lines: Line[] = [
    comparedWith === undefined
      ? [
          "consistent",
          "these balances are included in the record below, which was not compared with a published record",
        ]
      : ["valid", `these balances are included in ${comparedWith}`],
    ...customers.flatMap(({ customer, balances, debts = {} }): Line[] => [
      ["customer", JSON.stringify(customer)],
      ...amountLines("  owns", balances, decimals),
      ...amountLines("  owes", debts, decimals),
    ]),
    ...amountLines("all own", totals ?? {}, decimals),
    ...amountLines("all owe", totalDebts, decimals),
    [
      "root record",
      comparedWith === undefined ? `${rootRecordHash}, compare it with the published one` : rootRecordHash,
    ],
    ["snapshot", snapshotId],
    ["root", `${root}, depth ${depth}`],
  ];
  return lines.map(([label, value]) => `${label.padEnd(LABEL_WIDTH)}${value}\n`).join("");
}

function amountLines(
  label: string,
  amounts: Readonly<Record<string, string>>,
  decimals: VerdictFacts["decimals"],
): Line[] {
  return Object.entries(amounts).map(([asset, amount]) => [
    label,
    `${amountText(amount, decimals[asset] ?? 0)} ${JSON.stringify(asset)}`,
  ]);
}
