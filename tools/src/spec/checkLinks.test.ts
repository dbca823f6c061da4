import { expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkLinks } from "./checkLinks.ts";

const FILES = new Set(["docs/b.md", "packages/base/src/a.ts"]);

function findingsOf(text: string): string[] {
  const tree = fixtureTree({ "docs/a.md": text });
  return checkLinks(tree, (path) => FILES.has(path)).map(({ line, message }) => `${line}: ${message}`);
}

it("links to existing files, other sites and headings are allowed", () => {
  const text = "[b](b.md) [b](b.md#head) [a](../packages/base/src/a.ts) [x](https://x.org/y) [h](#head)";
  expect(findingsOf(text)).toEqual([]);
});

it("link-broken: a missing file, with its line", () => {
  expect(findingsOf("# A\n\n[gone](../packages/base/src/gone.ts#l1)")).toEqual([
    "3: there is no packages/base/src/gone.ts",
  ]);
});
