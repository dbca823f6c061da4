import { isTrellisError } from "@trellis/base";
import { type Abi, decodeErrorResult, type Hex } from "viem";

export function refusalText(error: Error, abi: Abi): string {
  if (!isTrellisError(error)) return error.message;
  const { reason = error.message, revertData } = error.facts;
  if (typeof revertData !== "string") return String(reason);
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi, data: revertData as Hex });
    const words = errorName.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
    return `The contract reverted: ${words}${args.length === 0 ? "" : ` (${args.join(", ")})`}.`;
  } catch {
    return String(reason);
  }
}
