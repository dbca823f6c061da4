import { decodeFunctionData } from "viem";
import { decimalsOf, GOVERNED, parameters, treasury } from "../../contracts/parameters.ts";
import { coinText, decimalText, shortHex } from "../../format/units.ts";
import type { Action } from "../../live/proposals.ts";

export function describeAction({ target, valueWei, data }: Action): string {
  const known = describeKnown(target.toLowerCase(), data);
  const paid = valueWei === 0n ? "" : `, with ${coinText(valueWei)} coins`;
  return `${known ?? `Call ${shortHex(target)} with ${data === "0x" ? "no data" : shortHex(data, 8)}`}${paid}`;
}

function describeKnown(target: string, data: Action["data"]): string | undefined {
  try {
    if (target === parameters.address) {
      const { functionName, args } = decodeFunctionData({ abi: parameters.abi, data });
      if (functionName !== "set") return undefined;
      const governed = GOVERNED[Number(args[0])];
      if (governed === undefined) return undefined;
      return `Set “${governed.title}” to ${decimalText(args[1], decimalsOf(governed.unit), 18)} ${governed.unit}`;
    }
    if (target === treasury.address) {
      const { args } = decodeFunctionData({ abi: treasury.abi, data });
      return `Pay ${decimalText(args[1], 18, 18)} coins from the treasury to ${args[0]}`;
    }
    return undefined;
  } catch {
    return undefined;
  }
}
