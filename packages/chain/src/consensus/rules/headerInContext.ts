import type { Fact } from "@trellis/base";
import type { Header } from "@trellis/protocol";
import { ruleErrors } from "../errors.ts";

export type ImpliedFields = Pick<Header, "number" | "bits" | "daaScore" | "blueScore" | "blueWork">;

export function verifyHeaderInContext(header: Header, implied: ImpliedFields): void {
  for (const field of Object.keys(implied) as (keyof ImpliedFields)[]) {
    const got: Fact = header[field];
    const expected: Fact = implied[field];
    if (got !== expected)
      throw ruleErrors.BLOCK_INVALID({
        reason: "field differs from the value implied by the past",
        field,
        got,
        expected,
      });
  }
}
