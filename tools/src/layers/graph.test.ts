import { expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { graphDocument, importGraph, roomGraph } from "./graph.ts";

const TREE = fixtureTree({
  "packages/base/src/a.ts": "export {};",
  "packages/protocol/src/a.ts": 'import "@trellis/base";',
  "packages/chain/src/a.ts": 'import "@trellis/protocol"; import type { X } from "@trellis/base";',
  "packages/chain/src/a.test.ts": 'import "@trellis/platform";',
  "packages/platform/src/a.ts": "export {};",
  "apps/trellis/src/a.ts": 'import "@trellis/chain";',
});

it("the graph contains imports of sources, without tests, in the order of layers", () => {
  expect([...importGraph(TREE)]).toEqual([
    ["base", []],
    ["protocol", ["base"]],
    ["chain", ["base", "protocol"]],
    ["platform", []],
    ["trellis", ["chain"]],
  ]);
});

it("the picture omits transitive edges, the text omits none", () => {
  const text = graphDocument(importGraph(TREE));
  expect(text).toContain("  chain --> protocol\n");
  expect(text).not.toContain("chain --> base");
  expect(text).toContain("chain     base protocol\n");
});

it("the rooms of a package contain the imports of their files, without tests and the index", () => {
  const tree = fixtureTree({
    "packages/chain/src/index.ts": 'export { a } from "./store/a.ts";',
    "packages/chain/src/store/a.ts": 'import "./b.ts";',
    "packages/chain/src/state/a.ts": 'import type { A } from "../store/a.ts";',
    "packages/chain/src/store/a.test.ts": 'import "../chain/a.ts";',
    "packages/chain/src/chain/a.ts": 'import "../state/a.ts"; import "../store/deep/a.ts";',
  });
  const graph = roomGraph(tree, "chain");
  expect([...graph].filter(([, imported]) => imported.length > 0)).toEqual([
    ["state", ["store"]],
    ["chain", ["store", "state"]],
  ]);
});

it("terminates on a cycle", () => {
  const circle = new Map([
    ["a", ["b", "c"]],
    ["b", ["a"]],
    ["c", []],
  ]);
  expect(graphDocument(circle)).toContain("a --> c");
});
