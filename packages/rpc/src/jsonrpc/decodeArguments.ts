import { isTrellisError } from "@trellis/base";
import { rpcErrors } from "../errors.ts";
import type { Parameter } from "../methods/MethodDeclaration.ts";

export function decodeArguments(
  parameters: readonly Parameter<unknown>[],
  params: unknown,
): readonly unknown[] {
  const given: unknown = params ?? [];
  if (!Array.isArray(given)) throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "non-array args" });
  if (given.length > parameters.length) {
    throw rpcErrors.RPC_PARAMETERS_INVALID({
      reason: `too many arguments, want at most ${parameters.length}`,
    });
  }
  return parameters.map((parameter, index) => {
    const value: unknown = given[index];
    if (value !== undefined && value !== null) return decodeAt(parameter, value, index);
    if (!parameter.isRequired) return parameter.fallback;
    throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: `missing value for required argument ${index}` });
  });
}

function decodeAt(parameter: Parameter<unknown>, value: unknown, index: number): unknown {
  try {
    return parameter.decode(value);
  } catch (error) {
    if (!isTrellisError(error, "RPC_PARAMETERS_INVALID")) throw error;
    throw rpcErrors.RPC_PARAMETERS_INVALID({
      index,
      parameter: parameter.name,
      reason: `${error.facts.reason}`,
    });
  }
}
