import { liabilitiesErrors } from "../errors.ts";
import type { ByteWriter } from "./ByteWriter.ts";
import { SUM_MAX, SUM_SIZE } from "./limits.ts";
import type { ProofReader } from "./ProofReader.ts";

/** 16 bytes per column, unsigned, big-endian. */
export type Sums = Uint8Array;

/** @throws SUM_OVERFLOW with the level of the sum's node */
export function addSumsInto(sums: Sums, left: Sums, right: Sums, level: number): void {
  for (let end = left.length; end > 0; end -= SUM_SIZE) {
    let carry = 0;
    for (let index = end - 1; index >= end - SUM_SIZE; index--) {
      carry += (left[index] as number) + (right[index] as number);
      sums[index] = carry;
      carry >>>= 8;
    }
    if (carry !== 0) throw liabilitiesErrors.SUM_OVERFLOW({ level, column: end / SUM_SIZE - 1 });
  }
}

export function sumsFromAmounts(amounts: readonly bigint[]): Sums {
  const sums = new Uint8Array(amounts.length * SUM_SIZE);
  writeAmounts(new DataView(sums.buffer), 0, amounts);
  return sums;
}

function writeAmounts(view: DataView, offset: number, amounts: readonly bigint[]): void {
  for (let column = 0; column < amounts.length; column++) {
    const amount = amounts[column] as bigint;
    if (typeof amount !== "bigint" || amount < 0n || amount > SUM_MAX) {
      throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
        reason: "an amount is not an unsigned integer of 128 bits",
        column,
        amount: String(amount),
      });
    }
    const at = offset + column * SUM_SIZE;
    view.setBigUint64(at, amount >> 64n);
    view.setBigUint64(at + 8, amount);
  }
}

export function amountsFromSums(sums: Sums): bigint[] {
  const view = new DataView(sums.buffer, sums.byteOffset, sums.byteLength);
  return Array.from(
    { length: sums.length / SUM_SIZE },
    (_, column) => (view.getBigUint64(column * SUM_SIZE) << 64n) | view.getBigUint64(column * SUM_SIZE + 8),
  );
}

export function writeCompactSums(writer: ByteWriter, sums: Sums): void {
  for (let start = 0; start < sums.length; start += SUM_SIZE) {
    const end = start + SUM_SIZE;
    let first = start;
    while (first < end && sums[first] === 0) first++;
    writer.u8(end - first).putPart(sums, first, end);
  }
}

export function readCompactSums(reader: ProofReader, columns: number): Sums {
  const sums = new Uint8Array(columns * SUM_SIZE);
  for (let end = SUM_SIZE; end <= sums.length; end += SUM_SIZE) {
    const { offset } = reader;
    const size = reader.u8("sum");
    if (size > SUM_SIZE) throw liabilitiesErrors.PROOF_MALFORMED({ what: "sum", offset, size });
    reader.takeInto(sums, end - size, size, "sum");
    if (size > 0 && sums[end - size] === 0) {
      throw liabilitiesErrors.PROOF_MALFORMED({ what: "sum with leading zeros", offset });
    }
  }
  return sums;
}
