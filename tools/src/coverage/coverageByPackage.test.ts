import { expect, it } from "vitest";
import { coverageByPackage } from "./coverageByPackage.ts";
import { partlyCovered } from "./partlyCovered.ts";
import { reasonOf } from "./uncounted.ts";

const of = (covered: number, total: number) => {
  const count = { covered, total };
  return { lines: count, functions: count, branches: count };
};

it("adds up the files of each package, and lists files that were not executed", () => {
  const summary = {
    total: of(3, 10),
    "/root/packages/chain/src/a.ts": of(3, 4),
    "/root/packages/chain/src/dag/b.ts": of(0, 2),
    "/root/packages/base/src/types.ts": of(0, 0),
  };
  expect(coverageByPackage(summary, "/root")).toEqual([
    { name: "packages/base", files: 1, lines: 1, functions: 1, branches: 1, untouched: [] },
    {
      name: "packages/chain",
      files: 2,
      lines: 0.5,
      functions: 0.5,
      branches: 0.5,
      untouched: ["packages/chain/src/dag/b.ts"],
    },
  ]);
});

it("lists partially executed files, those with most missing first", () => {
  const summary = {
    total: of(3, 10),
    "/root/packages/chain/src/few.ts": of(3, 4),
    "/root/packages/chain/src/most.ts": of(1, 4),
    "/root/packages/chain/src/all.ts": of(2, 2),
    "/root/packages/chain/src/none.ts": of(0, 2),
    "/root/packages/evm/src/pool/evmWorker.ts": of(1, 9),
  };
  expect(partlyCovered(summary, "/root")).toEqual([
    { path: "packages/chain/src/most.ts", functions: 4, missing: 3 },
    { path: "packages/chain/src/few.ts", functions: 4, missing: 1 },
  ]);
});

it("explains why code that runs elsewhere is not counted", () => {
  expect(reasonOf("apps/console/src/main.tsx")).toMatch(/browser/);
  expect(reasonOf("packages/evm/src/pool/evmWorker.ts")).toMatch(/thread/);
  expect(reasonOf("packages/rpc/src/reads/pool/serveReads.ts")).toMatch(/thread/);
  expect(reasonOf("packages/evm/src/pool/packedResult.ts")).toMatch(/thread/);
  expect(reasonOf("packages/chain/src/dag/Dag.ts")).toBeUndefined();
});
