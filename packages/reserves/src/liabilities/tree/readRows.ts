import { liabilitiesErrors } from "../errors.ts";
import type { CustomerRecords } from "./CustomerRecords.ts";
import type { CustomerRow } from "./CustomerRow.ts";

const REPORT_EVERY = 4096;

export async function readRows(
  rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
  records: CustomerRecords,
  report: (read: number) => void,
): Promise<void> {
  const { image } = records;
  for await (const row of rows) {
    records.add(row);
    if (records.customerCount % REPORT_EVERY === 0) report(records.customerCount);
  }
  if (image.leafCount === 0) throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({ reason: "no customers" });
  report(records.customerCount);
}
