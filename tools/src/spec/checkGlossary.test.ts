import { expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkGlossary } from "./checkGlossary.ts";

const TERMS =
  "| term | meaning | in code |\n| --- | --- | --- |\n| tip | A block without children | `Dag.tips` |\n";
const WORDS = "\n## Replaced words\n\n| not | but |\n| --- | --- |\n| erstwhile, of yore | earlier |\n";

function findingsOf(files: Readonly<Record<string, string>>): string[] {
  const tree = fixtureTree({ "docs/GLOSSARY.md": TERMS + WORDS, ...files });
  return checkGlossary(tree).map(({ rule, file, line }) => `${rule} ${file} ${line}`);
}

it("a name that the sources have is good", () => {
  expect(findingsOf({ "packages/chain/src/Dag.ts": "export class Dag { readonly tips = []; }" })).toEqual([]);
});

it("glossary-name: no source has the name", () => {
  expect(findingsOf({ "packages/chain/src/Dag.ts": "export class Dag {}" })).toEqual([
    "glossary-name docs/GLOSSARY.md 3",
  ]);
});

it("glossary-word: a replaced word in a document or a comment, but not as a part of a word", () => {
  const source = "// Erstwhile it was read.\nexport const tips = 1, Dag = 2, erstwhileOne = 3;";
  expect(findingsOf({ "docs/a.md": "It was so.\nOf yore.", "packages/chain/src/a.ts": source })).toEqual([
    "glossary-word docs/a.md 2",
    "glossary-word packages/chain/src/a.ts 1",
  ]);
});
