import type { Finding } from "../finding.ts";
import type { TextFile, Tree } from "../source/Tree.ts";

const GLOSSARY = "docs/GLOSSARY.md";
const REPLACED = "## Replaced words";

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

export function checkGlossary({ documents, sources }: Tree): Finding[] {
  const glossary = documents.find(({ path }) => path === GLOSSARY);
  if (glossary === undefined) return [];
  const rows = tableRows(glossary.text);
  const start = glossary.text.slice(0, glossary.text.indexOf(REPLACED)).split("\n").length;
  const terms = rows.filter(({ line }) => line < start);
  const replaced = rows.filter(({ line }) => line > start);
  const others: readonly TextFile[] = [...documents.filter((document) => document !== glossary), ...sources];
  return [
    ...unknownNames(terms, [...others, ...sources.map(pathAsText)]),
    ...replacedWords(replaced, others),
  ];
}

/** The code must contain each part of a name, for example `rollback` of `ChainBatch.rollback`. */
function unknownNames(terms: readonly Row[], files: readonly TextFile[]): Finding[] {
  return terms.flatMap(({ line, cells }) =>
    [...(cells[2] ?? "").matchAll(/`([^`]+)`/g)]
      .flatMap(([, name]) => name!.split(/[. ]/).filter((part) => part !== ""))
      .filter((part) => !files.some(({ text }) => text.includes(part)))
      .map((name) => ({ file: GLOSSARY, line, rule: "glossary-name", message: `no source has ${name}` })),
  );
}

function replacedWords(rows: readonly Row[], files: readonly TextFile[]): Finding[] {
  const better = new Map(
    rows.flatMap(({ cells: [not = "", but = ""] }) => not.split(", ").map((word) => [word, but] as const)),
  );
  if (better.size === 0) return [];
  const words = new RegExp(`(?<![\\w-])(?:${[...better.keys()].join("|")})(?![\\w-])`, "gi");
  return files.flatMap(({ path, text }) =>
    text.split("\n").flatMap((row, index) =>
      [...row.matchAll(words)].map(([word]) => ({
        file: path,
        line: index + 1,
        rule: "glossary-word",
        message: `"${word}": say ${better.get(word.toLowerCase())}`,
      })),
    ),
  );
}

function tableRows(text: string): Row[] {
  const lines = text.split("\n");
  return lines.flatMap((row, index) => {
    if (!row.startsWith("| ") || row.startsWith("| ---") || lines[index + 1]?.startsWith("| ---")) return [];
    const cells = row.slice(1, row.lastIndexOf("|")).split("|");
    return [{ line: index + 1, cells: cells.map((cell) => cell.trim()) }];
  });
}

function pathAsText({ path }: TextFile): TextFile {
  return { path, text: path };
}
