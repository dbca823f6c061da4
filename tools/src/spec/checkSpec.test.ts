import { expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkSpec } from "./checkSpec.ts";

const SPEC = { "docs/spec/dag.md": "# DAG\n\n**DAG-1** A block has parents.\n\n- **DAG-2** Not too many.\n" };

function findingsOf(files: Readonly<Record<string, string>>) {
  return checkSpec(fixtureTree({ ...SPEC, ...files })).map(
    ({ rule, file, line }) => `${rule} ${file} ${line}`,
  );
}

it("existing rules may be cited; rules of other documents are ignored", () => {
  const text = "// DAG-1, DAG-2, EIP-155 and NO-DAG-7\nexport {};";
  expect(findingsOf({ "packages/chain/src/dag/a.ts": text })).toEqual([]);
});

it("spec-unknown: code and tests cite a rule that does not exist", () => {
  const found = findingsOf({ "packages/chain/src/a.test.ts": '\nit("DAG-3: …", () => {});' });
  expect(found).toEqual(["spec-unknown packages/chain/src/a.test.ts 2"]);
});

it("spec-ambiguous: two rules with one id", () => {
  expect(findingsOf({ "docs/spec/more.md": "**DAG-1** Again." })).toEqual([
    "spec-ambiguous docs/spec/more.md 1",
  ]);
});

it("parts of a rule are defined and cited like rules", () => {
  const spec = {
    "docs/spec/more.md": "**PART-4** Both hold.\n\n- **PART-4.1** One.\n- **PART-4.1** Again.\n",
  };
  const text = "// PART-4, PART-4.1 and PART-4.\n// PART-4.2\nexport {};";
  expect(findingsOf({ ...spec, "packages/chain/src/a.ts": text })).toEqual([
    "spec-ambiguous docs/spec/more.md 4",
    "spec-unknown packages/chain/src/a.ts 2",
  ]);
});
