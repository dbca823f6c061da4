import type { ErrorEntry } from "@trellis/base";
import { expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkErrors } from "./checkErrors.ts";
import type { ErrorTable } from "./readErrorTables.ts";

const ENTRY: ErrorEntry = { message: "it went wrong", hint: "do it right", consequence: "reject" };

function table(codes: readonly string[], owner = "@trellis/chain", entry = ENTRY): ErrorTable {
  return {
    owner,
    isPublic: true,
    file: "packages/chain/src/errors.ts",
    entries: new Map(codes.map((code) => [code, entry])),
  };
}

function findingsOf(tables: readonly ErrorTable[], testText: string) {
  const tree = fixtureTree({ "packages/chain/src/a.test.ts": `import "vitest";\n${testText}` });
  return checkErrors(tree, tables).map(({ rule, message }) => `${rule} ${message.split(" ")[0]}`);
}

it.each([
  ["a test's name", 'it("PARENT_UNKNOWN: a block whose parent is missing", () => {});'],
  ["a chapter's name", 'describe("PARENT_UNKNOWN", () => {});'],
  ["a table", 'it.each([["PARENT_UNKNOWN", 1]])("%s", () => {});'],
  ["the keys of a table", "it.each(Object.entries({ PARENT_UNKNOWN: 1 }))('%s', () => {});"],
  ["a template", "it(`PARENT_UNKNOWN of $" + "{kind}`, () => {});"],
])("a code is tested when it is in %s", (_, text) => {
  expect(findingsOf([table(["PARENT_UNKNOWN"])], text)).toEqual([]);
});

it("error-untested: in a test's body, in part, or nowhere", () => {
  const untested = ["error-untested PARENT_UNKNOWN"];
  expect(findingsOf([table(["PARENT_UNKNOWN"])], 'it("x", () => { expect("PARENT_UNKNOWN"); });')).toEqual(
    untested,
  );
  expect(findingsOf([table(["PARENT_UNKNOWN"])], 'it("NOT_PARENT_UNKNOWN", () => {});')).toEqual(untested);
});

it("error-ambiguous: two packages with one code", () => {
  const tables = [table(["A_B"]), table(["A_B"], "@trellis/rpc")];
  expect(findingsOf(tables, 'it("A_B", () => {});')).toEqual(["error-ambiguous A_B"]);
});

it("error-form: the code's letters, a full stop, an empty hint", () => {
  expect(findingsOf([table(["lower"])], 'it("lower", () => {});')).toContain("error-form lower");
  const entry = { ...ENTRY, message: "It went wrong.", hint: "" };
  const found = findingsOf([table(["A_B"], "@trellis/chain", entry)], 'it("A_B", () => {});');
  expect(found).toEqual(["error-form A_B", "error-form A_B"]);
});
