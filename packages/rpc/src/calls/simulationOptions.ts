import type { AccountOverride, Address, BlockOverrides, SimulationOptions } from "@trellis/protocol";

export function simulationOptions(
  stateOverrides: ReadonlyMap<Address, AccountOverride> | undefined,
  blockOverrides: BlockOverrides | undefined,
): SimulationOptions {
  return {
    ...(stateOverrides !== undefined && { stateOverrides }),
    ...(blockOverrides !== undefined && { blockOverrides }),
  };
}
