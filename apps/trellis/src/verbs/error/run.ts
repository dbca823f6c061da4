import { readFileSync } from "node:fs";
import { baseErrors, type Consequence } from "@trellis/base";
import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";
import { FORMER_CODES } from "./formerCodes.ts";
import type { ErrorSettings } from "./settings.ts";

interface CatalogueEntry {
  readonly code: string;
  readonly owner: string;
  readonly message: string;
  readonly hint: string;
  readonly consequence: Consequence;
  readonly facts: readonly string[];
}

const CATALOGUE = new URL("../../../generated/errors.json", import.meta.url);
const CONSEQUENCES: Readonly<Record<Consequence, string>> = {
  retry: "the same request may succeed later",
  reject: "the input is rejected, and nothing changed",
  ignore: "the input is harmless and ignored",
  penalise: "the peer that sent the input loses reputation",
  fatal: "the process or command exits",
};

export async function run({ code, json }: ErrorSettings, io: ProcessIo): Promise<void> {
  const catalogue = readCatalogue();
  const former = code === undefined ? undefined : FORMER_CODES[code];
  const chosen = catalogue.filter(
    (entry) => code === undefined || entry.code === code || former?.includes(entry.code),
  );
  if (chosen.length === 0) throw trellisErrors.INPUT_INVALID({ input: "CODE", got: code!.slice(0, 80) });
  if (json) io.stdout.write(`${JSON.stringify(code === undefined ? chosen : chosen[0])}\n`);
  else if (code === undefined)
    for (const entry of chosen) io.stdout.write(`${entry.code}: ${entry.message}\n`);
  else io.stdout.write(`${chosen.map((entry) => explanation(entry, former && code)).join("\n")}`);
}

function readCatalogue(): readonly CatalogueEntry[] {
  try {
    return JSON.parse(readFileSync(CATALOGUE, "utf8"));
  } catch (cause) {
    throw baseErrors.BUILD_MISSING({ file: CATALOGUE.href }, cause);
  }
}

function explanation(entry: CatalogueEntry, former: string | undefined): string {
  const lines = [
    entry.code,
    ...(former === undefined ? [] : [`  formerly: ${former}`]),
    `  meaning: ${entry.message}`,
    `  what to do: ${entry.hint}`,
    `  consequence: ${entry.consequence}, ${CONSEQUENCES[entry.consequence]}`,
    ...(entry.facts.length === 0 ? [] : [`  facts: ${entry.facts.join(", ")}`]),
    `  package: ${entry.owner}`,
  ];
  return `${lines.join("\n")}\n`;
}
