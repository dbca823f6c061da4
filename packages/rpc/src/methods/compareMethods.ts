import { ALL_METHODS } from "./allMethods.ts";
import { DEV_COMMANDS } from "./dev/commands.ts";
import { ANVIL_METHODS, DIFFERENCES, type Difference, HARDHAT_METHODS, MISSING } from "./dev/otherNodes.ts";

export interface MethodComparison {
  readonly name: string;
  readonly inAnvil: boolean;
  readonly inHardhat: boolean;
  readonly here: "same" | "different" | "missing" | "only here";
  /** Of a difference, or why the method is missing. */
  readonly reason: string;
}

/** Compares the methods with Anvil's and Hardhat's node's, and the options that are missing. */
export function compareMethods(): readonly MethodComparison[] {
  const served = new Set(ALL_METHODS.map(({ name }) => name));
  const commands = ALL_METHODS.filter(({ role }) => role === "dev").map(({ name }) => name);
  const reasons = new Map(
    [...MISSING, ...DIFFERENCES, ...commandDifferences()].flatMap(({ names, reason }) =>
      names.map((name) => [name, reason] as const),
    ),
  );
  const names = new Set([...ANVIL_METHODS, ...HARDHAT_METHODS, ...commands, ...reasons.keys()]);
  return [...names].sort().map((name) => {
    const [inAnvil, inHardhat] = [ANVIL_METHODS.has(name), HARDHAT_METHODS.has(name)];
    const reason = reasons.get(name) ?? "";
    if (!served.has(name)) return { name, inAnvil, inHardhat, here: "missing", reason };
    if (!inAnvil && !inHardhat) return { name, inAnvil, inHardhat, here: "only here", reason };
    return { name, inAnvil, inHardhat, here: reason === "" ? "same" : "different", reason };
  });
}

function commandDifferences(): readonly Difference[] {
  return DEV_COMMANDS.flatMap(({ methods, difference: reason }) =>
    reason === undefined ? [] : [{ names: methods.map(({ name }) => name), reason }],
  );
}
