import { baseErrors } from "@trellis/base";
import platform from "../../package.json" with { type: "json" };
import type { SchemaStep } from "./Database.ts";

/** What a program of the previous release cannot continue to read or write. */
const CONTRACTION =
  /\bDROP\s+(?:TABLE|COLUMN|VIEW|SCHEMA)\b|\bRENAME\s+(?:TO|COLUMN)\b|\bALTER\s+COLUMN\s+\w+\s+(?:TYPE|SET\s+NOT\s+NULL)\b|\bADD\s+COLUMN\s+\w+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b/i;
const CONTRACT_NAME = "-contract";

/** Older than the first release. */
const BEFORE_RELEASES: ReadonlySet<string> = new Set([
  "jobs-003-own-queue",
  "jobs-004-sealed",
  "ledger-007-partitions",
  "ledger-008-sealed",
]);

/** Older programs continue on a schema with unknown steps, unless a step contracts it. */
export function isContraction(stepName: string): boolean {
  return stepName.endsWith(CONTRACT_NAME);
}

/**
 * Two releases run side by side on one schema: a release expands it, a later one contracts it.
 * @throws ARGUMENT_INVALID
 */
export function requireCompatible(
  schema: string,
  steps: readonly SchemaStep[],
  release: string = platform.version,
): void {
  for (const step of steps) {
    const { name, replacedIn } = step;
    const contracts = CONTRACTION.test(step.sql(schema)) && !BEFORE_RELEASES.has(name);
    if (contracts !== isContraction(name))
      refuse(name, `a step that drops, renames or restricts is named …${CONTRACT_NAME}, and no other step`);
    if (contracts && (replacedIn === undefined || !isEarlier(replacedIn, release)))
      refuse(name, `its \`replacedIn\` is a release before ${release}, which already has the replacement`);
  }
}

function refuse(step: string, rule: string): never {
  throw baseErrors.ARGUMENT_INVALID({ step, rule });
}

function isEarlier(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) < 0;
}
