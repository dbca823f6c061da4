import { liabilitiesErrors, type SchemeName } from "../liabilities/index.ts";

export const SCHEME_NAMES = ["sum", "plain", "private-sum"] as const satisfies readonly SchemeName[];

export type BuildableScheme = Exclude<SchemeName, "private-sum">;

/** Call first: an unbuildable snapshot would block all others. */
export function requireBuildable(scheme: string): BuildableScheme {
  if (scheme === "sum" || scheme === "plain") return scheme;
  throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
    reason: "scheme not implemented",
    scheme: scheme.slice(0, 32),
  });
}
