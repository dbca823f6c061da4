import type { Finding } from "../finding.ts";
import {
  constantText,
  isNode,
  isTestFile,
  isTestSupport,
  type SourceFile,
  targetOf,
  walk,
} from "../source/SourceFile.ts";
import type { Tree } from "../source/Tree.ts";
import { type Allowance, TEST_ONLY } from "./allowed.ts";

const CHECKED = /^(?:packages|apps)\//;
/** Includes tools, which build generated code. */
const PRODUCTION = /^(?:packages|apps|tools)\//;
const EXPORT_FROM = /^export (?:type )?(?:\*|\{[^}]*\}) from "[^"]*";$/gm;
const WORD = /(?<![\w$/])[A-Za-z_$][\w$]*/g;

type Use = readonly string[] | undefined;

/**
 * Code in `testing/` is exempt. A file that an index exports is used if other code contains an exported name.
 */
export function checkTestOnly(tree: Tree, allowed: readonly Allowance[] = TEST_ONLY): Finding[] {
  const found = new Set(testOnlyFiles(tree));
  const refused = [...found].filter((path) => !allowed.some(({ file }) => file === path));
  const unneeded = allowed.filter(
    ({ file }) => !found.has(file) && tree.sources.some(({ path }) => path === file),
  );
  return [
    ...refused.map((file) => ({
      file,
      line: 0,
      rule: "test-only",
      message: "only tests use it: move it into a folder testing/",
    })),
    ...unneeded.map(({ file }) => ({
      file,
      line: 0,
      rule: "allowance-unneeded",
      message: "production code uses it: remove it from TEST_ONLY in tools/src/tidy/allowed.ts",
    })),
  ];
}

function testOnlyFiles(tree: Tree): string[] {
  const entries = new Set(tree.packages.flatMap((known) => known.entries));
  const production = tree.sources.filter(isProduction);
  const mentions = countMentions(production);
  // The file itself also contains the name.
  const isUsed = (use: Use): boolean =>
    use === undefined || use.some((name) => name === "*" || mentions.get(name)! > 1);
  const uses = usesOf(production);
  const tested = usesOf(tree.sources.filter((source) => !isProduction(source)));
  return tree.sources
    .map(({ path }) => path)
    .filter((path) => CHECKED.test(path) && !isTestFile(path) && !isTestSupport(path) && !entries.has(path))
    .filter((path) => tested.has(path) || uses.has(path))
    .filter((path) => !uses.get(path)?.some(isUsed));
}

function isProduction({ path, isTest }: SourceFile): boolean {
  return PRODUCTION.test(path) && !isTest;
}

function countMentions(sources: readonly SourceFile[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of sources) {
    const words = new Set(text.replaceAll(EXPORT_FROM, "").match(WORD));
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

function usesOf(sources: readonly SourceFile[]): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  for (const source of sources) {
    const add = (specifier: string, use: Use): void => {
      const target = targetOf(source, specifier);
      if (target === undefined) return;
      const known = uses.get(target) ?? [];
      uses.set(target, known);
      known.push(use);
    };
    for (const { specifier, exported } of source.imports) add(specifier, exported);
    walk(source.program, ({ type, callee, arguments: given }) => {
      if (type !== "NewExpression" || !isNode(callee) || callee.name !== "URL") return;
      const specifier = constantText((given as readonly unknown[])[0]);
      if (specifier !== undefined) add(specifier, undefined);
    });
  }
  return uses;
}
