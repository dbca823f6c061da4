import { trellisErrors } from "../errors.ts";

export async function withoutOperands<Flags>(flags: Flags, operands: readonly string[]): Promise<Flags> {
  if (operands.length > 0) throw trellisErrors.USAGE_INVALID({ got: operands[0]?.slice(0, 80) });
  return flags;
}
