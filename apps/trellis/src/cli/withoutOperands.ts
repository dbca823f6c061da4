import { trellisErrors } from "../errors.ts";

/** For verbs that take flags only. @throws ARGUMENT_UNEXPECTED */
export async function withoutOperands<Flags>(flags: Flags, operands: readonly string[]): Promise<Flags> {
  if (operands.length > 0) throw trellisErrors.ARGUMENT_UNEXPECTED({ got: operands[0]?.slice(0, 80) });
  return flags;
}
