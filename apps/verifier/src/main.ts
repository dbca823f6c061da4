import { readFileSync } from "node:fs";
import { hexToBytes } from "@trellis/base";
import { type VerdictFacts, verdictFacts, verifyProofFile } from "@trellis/reserves/verify";

// The verifier as a program in one file, for those who have Node.js (18 or newer) and nothing else:
// tools/src/buildVerifier.ts puts what it imports into it.

const USAGE = `Verifies a proof of liabilities, without a network and without other files.

  node verify-proof.mjs FILE [RECORD [CUSTOMER]]

FILE      proof file as the custodian gave it, JSON or binary
RECORD    root record's hash as the custodian published it (0x and 64 digits):
          a proof that belongs to another record is refused. Without it the
          file is only checked in itself, which shows nothing of what was published
CUSTOMER  your customer id: a proof of anyone else is refused

Ends with 0 where the proof is valid, with 1 where it is refused, with 2 where it could not be read.
`;
const HASH = /^0x[0-9a-f]{64}$/i;
const LABEL_WIDTH = 14;

function main(given: readonly string[]): number {
  const [file, record, customerId] = given;
  if (file === "--help" || file === "-h") return said(process.stdout, USAGE, 0);
  if (file === undefined || given.length > 3 || (record !== undefined && !HASH.test(record)))
    return said(process.stderr, USAGE, 2);
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    return said(process.stderr, `not read: ${error instanceof Error ? error.message : error}\n`, 2);
  }
  const verdict = verifyProofFile(bytes, {
    ...(record === undefined ? {} : { recordHash: hexToBytes(record) }),
    ...(customerId === undefined ? {} : { customerId }),
  });
  if (verdict.isValid) return said(process.stdout, shown(verdictFacts(verdict), record !== undefined), 0);
  const { code, level, error } = verdict;
  const place = level === undefined ? "" : `, at level ${level} (0 is the customer's own leaf)`;
  return said(process.stderr, `refused: ${error.message}${place}\n${code}\nhint: ${error.hint}\n`, 1);
}

function said(stream: NodeJS.WriteStream, text: string, status: number): number {
  stream.write(text);
  return status;
}

function shown(facts: VerdictFacts, isRecordChecked: boolean): string {
  const lines: (readonly [label: string, value: string])[] = [
    isRecordChecked
      ? ["valid", "these balances are counted in the record that you gave"]
      : ["consistent", "these balances are counted in the record below, which was compared with nothing"],
  ];
  for (const { customer, balances, debts = {} } of facts.customers) {
    lines.push(["customer", JSON.stringify(customer)]);
    lines.push(...amountLines("  owns", balances), ...amountLines("  owes", debts));
  }
  lines.push(
    ...amountLines("all own", facts.totals ?? {}),
    ...amountLines("all owe", facts.totalDebts ?? {}),
  );
  const compared = isRecordChecked ? "as you gave it" : "compare it with the published one";
  lines.push(["root record", `${facts.rootRecordHash}, ${compared}`]);
  lines.push(["snapshot", facts.snapshotId], ["root", `${facts.root}, depth ${facts.depth}`]);
  return lines.map(([label, value]) => `${label.padEnd(LABEL_WIDTH)}${value}\n`).join("");
}

/** In base units; ids are a stranger's text and stand as JSON. */
function amountLines(label: string, amounts: Readonly<Record<string, string>>) {
  return Object.entries(amounts).map(
    ([asset, amount]) => [label, `${amount} ${JSON.stringify(asset)}`] as const,
  );
}

process.exitCode = main(process.argv.slice(2));
