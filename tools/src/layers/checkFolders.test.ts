import { describe, expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkFolders } from "./checkFolders.ts";
import type { FolderCycle } from "./law.ts";

const SRC = "packages/chain/src";
const MUTUAL = {
  [`${SRC}/store/a.ts`]: 'import type { B } from "../state/b.ts";',
  [`${SRC}/state/b.ts`]: "export {};",
  [`${SRC}/state/deep/c.ts`]: 'import "../../store/d.ts";',
  [`${SRC}/store/d.ts`]: "export {};",
};

function findingsOf(files: Readonly<Record<string, string>>, allowed: readonly FolderCycle[] = []): string[] {
  return checkFolders(fixtureTree(files), allowed).map(({ file, rule, message }) => {
    return `${rule} ${file} ${/^[a-z, ]*(?= import| are)/.exec(message)}`;
  });
}

describe("folder-cycle", () => {
  it("two folders that import each other, types and deeper files included", () => {
    expect(findingsOf(MUTUAL)).toEqual([`folder-cycle ${SRC} state, store`]);
  });

  it("a circle through a third folder, below a folder", () => {
    const files = {
      [`${SRC}/finality/a/x.ts`]: 'import "../b/x.ts";',
      [`${SRC}/finality/b/x.ts`]: 'import "../c/x.ts";',
      [`${SRC}/finality/c/x.ts`]: 'import "../a/y.ts";',
    };
    expect(findingsOf(files)).toEqual([`folder-cycle ${SRC}/finality a, b, c`]);
  });

  it("allows one direction, a folder and its own parent, tests, and testing packages", () => {
    const oneWay = { ...MUTUAL, [`${SRC}/state/deep/c.ts`]: "export {};" };
    expect(findingsOf(oneWay)).toEqual([]);
    const parent = {
      [`${SRC}/state/a.ts`]: 'import "./deep/b.ts";',
      [`${SRC}/state/deep/b.ts`]: 'import "../c.ts";',
    };
    expect(findingsOf(parent)).toEqual([]);
    expect(findingsOf({ ...oneWay, [`${SRC}/state/c.test.ts`]: 'import "../store/d.ts";' })).toEqual([]);
    const simulator = Object.entries(MUTUAL).map(([path, text]) => [
      path.replace(SRC, "testing/kit/src"),
      text,
    ]);
    expect(findingsOf(Object.fromEntries(simulator))).toEqual([]);
  });

  it("an exception with a reason permits it; allowance-unneeded once it is gone", () => {
    const exception = { parent: SRC, folders: ["state", "store"], because: "of history" };
    expect(findingsOf(MUTUAL, [exception])).toEqual([]);
    const oneWay = { ...MUTUAL, [`${SRC}/state/deep/c.ts`]: "export {};" };
    expect(findingsOf(oneWay, [exception])).toEqual([`allowance-unneeded ${SRC} state, store`]);
  });
});
