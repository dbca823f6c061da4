import { expect, it } from "vitest";
import { coverageByPackage } from "./coverageByPackage.ts";
import { reasonOf } from "./uncounted.ts";

const of = (covered: number, total: number) => {
  const count = { covered, total };
  return { lines: count, functions: count, branches: count };
};

it("adds up the files of each package, and names those of which nothing ran", () => {
  const summary = {
    total: of(3, 10),
    "/root/packages/chain/src/a.ts": of(3, 4),
    "/root/packages/chain/src/dag/b.ts": of(0, 2),
    "/root/packages/base/src/types.ts": of(0, 0),
  };
  expect(coverageByPackage(summary, "/root")).toEqual([
    { name: "packages/base", files: 1, lines: 1, functions: 1, branches: 1, untouched: [] },
    {
      ...{ name: "packages/chain", files: 2, lines: 0.5, functions: 0.5, branches: 0.5 },
      untouched: ["packages/chain/src/dag/b.ts"],
    },
  ]);
});

it("says why code that runs elsewhere is not counted", () => {
  expect(reasonOf("apps/console/src/main.tsx")).toMatch(/browser/);
  expect(reasonOf("packages/evm/src/pool/evmWorker.ts")).toMatch(/thread/);
  expect(reasonOf("packages/chain/src/dag/Dag.ts")).toBeUndefined();
});
