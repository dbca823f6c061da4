import { liabilitiesErrors } from "../errors.ts";
import type { CustomerRecords } from "./CustomerRecords.ts";
import type { CustomerRow } from "./CustomerRow.ts";

/** Customers between two reports of progress. */
const REPORT_EVERY = 4096;

/**
 * Reads all customers into leaves; where the salt will stand, a leaf has the customer's key.
 * @throws what `CustomerRecords.add` does, LIABILITIES_EMPTY
 */
export async function readRows(
  rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
  records: CustomerRecords,
  report: (read: number) => void,
): Promise<void> {
  const { image } = records;
  for await (const row of rows) {
    records.add(row);
    if (image.leafCount % REPORT_EVERY === 0) report(image.leafCount);
  }
  if (image.leafCount === 0) throw liabilitiesErrors.LIABILITIES_EMPTY();
  report(image.leafCount);
}
