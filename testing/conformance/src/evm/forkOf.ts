import type { ForkName } from "@trellis/protocol";

/** Ethereum's names of the forks that Trellis knows. */
const FORKS: Readonly<Record<string, ForkName>> = { Cancun: "cancun", Prague: "prague", Osaka: "osaka" };

/** Undefined for other forks. */
export function forkOf(name: string): ForkName | undefined {
  return FORKS[name];
}
