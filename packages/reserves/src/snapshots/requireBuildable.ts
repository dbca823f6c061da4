import { liabilitiesErrors, type SchemeName } from "../liabilities/index.ts";

/** All that have a number, also those that nothing is built in. */
export const SCHEME_NAMES = ["sum", "plain", "private-sum"] as const satisfies readonly SchemeName[];

/** Schemes that a snapshot can be built in. `private-sum` has its number, its place, and no code. */
export type BuildableScheme = Exclude<SchemeName, "private-sum">;

/** Asked before anything is begun: a snapshot that nobody can build would stand in the way of all others. */
export function requireBuildable(scheme: string): BuildableScheme {
  if (scheme === "sum" || scheme === "plain") return scheme;
  throw liabilitiesErrors.SCHEME_UNAVAILABLE({ scheme: scheme.slice(0, 32) });
}
