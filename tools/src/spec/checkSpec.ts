import type { Finding } from "../finding.ts";
import type { TextFile, Tree } from "../source/Tree.ts";

/** `**BLOCK-4** A block's …`, or a part `**BLOCK-4.1** …`, at the start of a paragraph or item. */
const DEFINITION = /^(?:[-*] |#+ )?\*\*([A-Z]{2,12}-\d{1,3}(?:\.\d{1,2})?)\*\*/;

export function checkSpec(tree: Tree): Finding[] {
  const findings: Finding[] = [];
  const rules = new Map<string, string>();
  for (const { file, line, id } of tree.documents.filter(isSpec).flatMap(definitions)) {
    const first = rules.get(id);
    if (first !== undefined) {
      findings.push({ file, line, rule: "spec-ambiguous", message: `${id} is also defined in ${first}` });
    }
    rules.set(id, first ?? file);
  }
  // Excludes foreign ids, such as EIP-155.
  const families = [...new Set([...rules.keys()].map((id) => id.split("-")[0]))];
  if (families.length === 0) return findings;
  const citation = new RegExp(`(?<![\\w-])(?:${families.join("|")})-\\d{1,3}(?:\\.\\d{1,2})?(?![\\w-])`, "g");
  for (const { path, text } of [...tree.sources, ...tree.documents]) {
    for (const [index, row] of text.split("\n").entries()) {
      for (const [id] of row.matchAll(citation)) {
        if (rules.has(id)) continue;
        findings.push({
          file: path,
          line: index + 1,
          rule: "spec-unknown",
          message: `docs/spec has no rule ${id}`,
        });
      }
    }
  }
  return findings;
}

function isSpec({ path }: TextFile): boolean {
  return path.startsWith("docs/spec/");
}

function definitions({ path, text }: TextFile): { file: string; line: number; id: string }[] {
  return text.split("\n").flatMap((row, index) => {
    const id = DEFINITION.exec(row)?.[1];
    return id === undefined ? [] : [{ file: path, line: index + 1, id }];
  });
}
