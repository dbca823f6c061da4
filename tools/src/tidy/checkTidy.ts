import type { Finding } from "../finding.ts";
import type { Tree } from "../source/Tree.ts";
import type { Allowance } from "./allowed.ts";
import { checkBareErrors } from "./bareErrors.ts";
import { checkDocument, checkLeftovers } from "./leftovers.ts";
import { checkLogEvents } from "./logEvents.ts";
import { checkPurity } from "./purity.ts";
import { checkSizes } from "./sizes.ts";
import { checkTestHygiene } from "./testHygiene.ts";
import { checkTestOnly } from "./testOnly.ts";

export function checkTidy(tree: Tree, allowances: readonly Allowance[]): Finding[] {
  const rules = [checkPurity, checkBareErrors, checkTestHygiene, checkLeftovers, checkLogEvents];
  return [
    ...tree.sources.flatMap((source) => rules.flatMap((rule) => rule(source))),
    ...checkTestOnly(tree),
    ...checkSizes(tree.sources, allowances),
    ...tree.documents.flatMap(checkDocument),
  ];
}
