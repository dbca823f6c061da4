import type { Fact } from "@trellis/base";
import type { Header } from "@trellis/protocol";
import { ruleErrors } from "./errors.ts";

/** The header fields that follow from a block's past. */
export type ImpliedFields = Pick<Header, "number" | "bits" | "daaScore" | "blueScore" | "blueWork">;

/** Compares a header with what its past implies. @throws HEADER_FIELD_WRONG naming the first field that differs */
export function verifyHeaderInContext(header: Header, implied: ImpliedFields): void {
  for (const field of Object.keys(implied) as (keyof ImpliedFields)[]) {
    const got: Fact = header[field];
    const expected: Fact = implied[field];
    if (got !== expected) throw ruleErrors.HEADER_FIELD_WRONG({ field, got, expected });
  }
}
