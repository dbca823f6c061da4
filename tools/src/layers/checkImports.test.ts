import { describe, expect, it } from "vitest";
import type { Package } from "../source/Tree.ts";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkImports } from "./checkImports.ts";

const EMPTY = "export {};\n";
const OTHERS = {
  "packages/base/src/index.ts": EMPTY,
  "packages/protocol/src/index.ts": EMPTY,
  "packages/chain/src/index.ts": EMPTY,
  "packages/platform/src/index.ts": EMPTY,
  "testing/kit/src/index.ts": EMPTY,
};

function rulesOf(files: Readonly<Record<string, string>>, packages: readonly Partial<Package>[] = []) {
  return checkImports(fixtureTree({ ...OTHERS, ...files }, packages)).map(({ rule }) => rule);
}

describe("import rules", () => {
  it("allows imports from lower layers", () => {
    expect(
      rulesOf({ "packages/chain/src/consensus/a.ts": 'import { x } from "@trellis/protocol";' }),
    ).toEqual([]);
  });

  it.each([
    ["a value", 'import { x } from "@trellis/chain";'],
    ["a type", 'import type { X } from "@trellis/chain";'],
    ["an export", 'export { x } from "@trellis/chain";'],
    ["everything", 'export * from "@trellis/chain";'],
    ["a dynamic import", 'const x = await import("@trellis/chain");'],
    ["a type's import", 'type X = import("@trellis/chain").X;'],
  ])("imports-upwards: %s", (_, text) => {
    expect(rulesOf({ "packages/protocol/src/a.ts": text })).toEqual(["imports-upwards"]);
  });

  it("tools import an app, whose command lines they check", () => {
    const files = {
      "apps/trellis/src/index.ts": EMPTY,
      "tools/src/a.ts": 'import "@trellis/trellis";',
    };
    const dependencies = new Set(["@trellis/trellis"]);
    expect(rulesOf(files, [{ directory: "tools", dependencies }])).toEqual([]);
  });

  it("imports-upwards: nothing else imports an app, not even another package", () => {
    const files = {
      "apps/trellis/src/index.ts": EMPTY,
      "packages/base/src/a.ts": 'import "@trellis/trellis";',
    };
    expect(rulesOf(files)).toEqual(["imports-upwards"]);
  });

  it("forbidden-import: simulated code cannot import platform", () => {
    expect(rulesOf({ "packages/chain/src/consensus/a.ts": 'import "@trellis/platform";' })).toEqual([
      "forbidden-import",
    ]);
  });

  it("forbidden-import: services reach a chain only through client", () => {
    expect(rulesOf({ "packages/reserves/src/a.ts": 'import "@trellis/chain";' })).toEqual([
      "forbidden-import",
    ]);
  });

  it("forbidden-import: ethereumjs is an oracle, not even for the tests of packages", () => {
    const text = 'import { createEVM } from "@ethereumjs/evm";';
    const devDependencies = new Set(["@ethereumjs/evm"]);
    const declared = [
      { directory: "packages/chain", devDependencies },
      { directory: "testing/kit", devDependencies },
    ];
    expect(rulesOf({ "packages/chain/src/store/a.test.ts": text }, declared)).toEqual(["forbidden-import"]);
    expect(rulesOf({ "testing/kit/src/a.ts": text }, declared)).toEqual([]);
  });

  it("forbidden-import: no test of a package or an app starts a devnet", () => {
    const text = 'import { startDevnet } from "@trellis/e2e";';
    const e2e = { "testing/e2e/src/index.ts": EMPTY };
    expect(rulesOf({ ...e2e, "packages/chain/src/store/a.test.ts": text })).toEqual(["forbidden-import"]);
    expect(rulesOf({ ...e2e, "apps/trellis/src/verbs/a.test.ts": text })).toEqual(["forbidden-import"]);
    expect(rulesOf({ ...e2e, "bench/src/a.test.ts": text })).toEqual([]);
  });

  it("room-import: a room imports one above it, types included", () => {
    const files = { "packages/chain/src/store/a.ts": 'import type { Y } from "../mempool/b.ts";' };
    expect(rulesOf(files)).toEqual(["room-import"]);
  });

  it("room-import: lower rooms, the index and tests are allowed", () => {
    expect(rulesOf({ "packages/chain/src/mempool/a.ts": 'import { y } from "../store/b.ts";' })).toEqual([]);
    const text = 'import { y } from "../mempool/b.ts";';
    expect(rulesOf({ "packages/chain/src/store/a.test.ts": text })).toEqual([]);
    expect(rulesOf({ "packages/chain/src/index.ts": 'export { y } from "./mempool/b.ts";' })).toEqual([]);
  });

  it("room-unknown: an unlisted folder, or a file at the root", () => {
    expect(rulesOf({ "packages/chain/src/attic/a.ts": EMPTY })).toEqual(["room-unknown"]);
    expect(rulesOf({ "packages/chain/src/shared.ts": EMPTY })).toEqual(["room-unknown"]);
  });

  it("imports-testing: production code, but not tests and benchmarks", () => {
    const text = 'import { build } from "@trellis/kit";';
    expect(rulesOf({ "packages/chain/src/consensus/a.ts": text })).toEqual(["imports-testing"]);
    expect(rulesOf({ "apps/trellis/src/verbs/a.ts": text })).toEqual(["imports-testing"]);
    expect(rulesOf({ "packages/chain/src/consensus/a.test.ts": text })).toEqual([]);
    expect(rulesOf({ "bench/src/a.ts": text })).toEqual([]);
    expect(rulesOf({ "testing/e2e/src/a.ts": text })).toEqual([]);
  });

  it("imports-testing: test-only code in any room", () => {
    const files = (importer: string) => ({
      [`packages/chain/src/${importer}`]: 'import "./testing/x.ts"; import "../testing/x.ts";',
    });
    expect(rulesOf(files("consensus/a.ts"))).toEqual(["imports-testing", "imports-testing"]);
    expect(rulesOf(files("consensus/a.test.ts"))).toEqual([]);
    expect(rulesOf(files("testing/a.ts"))).toEqual([]);
  });

  it("deep-import: a subpath that is not exported", () => {
    const text = 'import { x } from "@trellis/base/src/bytes.ts";';
    expect(rulesOf({ "packages/chain/src/store/a.ts": text })).toEqual(["deep-import"]);
  });

  it("deep-import: an exported subpath is allowed", () => {
    const files = { "packages/rpc/src/a.ts": 'import { x } from "@trellis/platform/log";' };
    expect(rulesOf(files, [{ directory: "packages/platform", subpaths: [".", "./log"] }])).toEqual([]);
  });

  it("leaves-package: a relative path into another package", () => {
    const text = 'import { x } from "../../../base/src/bytes.ts";';
    expect(rulesOf({ "packages/chain/src/store/a.ts": text })).toEqual(["leaves-package"]);
  });

  it("package-unknown", () => {
    expect(rulesOf({ "packages/chain/src/store/a.ts": 'import "@trellis/chian";' })).toEqual([
      "package-unknown",
    ]);
  });

  it("layer-unknown: a package outside the layer order", () => {
    expect(rulesOf({ "packages/gadgets/src/a.ts": EMPTY })).toEqual(["layer-unknown"]);
  });

  it("undeclared-dependency: production code needs a dependency, tests and types may take one for development", () => {
    const devDependencies = new Set(["viem"]);
    const development = [
      { directory: "packages/chain", devDependencies },
      { directory: "apps/trellis", devDependencies },
      { directory: "testing/kit", devDependencies },
    ];
    const file = "packages/chain/src/store/a.ts";
    expect(rulesOf({ [file]: 'import { x } from "viem/chains";' })).toEqual(["undeclared-dependency"]);
    expect(rulesOf({ [file]: 'import { x } from "viem/chains";' }, development)).toEqual([
      "undeclared-dependency",
    ]);
    expect(rulesOf({ "apps/trellis/src/verbs/a.ts": 'import { x } from "viem";' }, development)).toEqual([
      "undeclared-dependency",
    ]);
    expect(rulesOf({ "testing/kit/src/a.ts": 'import { x } from "viem";' }, development)).toEqual([]);
    expect(rulesOf({ [file]: 'import type { x } from "viem/chains";' }, development)).toEqual([]);
    expect(
      rulesOf({ "packages/chain/src/store/a.test.ts": 'import { x } from "viem";' }, development),
    ).toEqual([]);
    expect(rulesOf({ [file]: 'import { x } from "node:fs";' })).toEqual([]);
  });

  it("names the file and the line of the import", () => {
    const text = 'import "@trellis/base";\n\nimport "@trellis/chain";\n';
    const [finding] = checkImports(fixtureTree({ ...OTHERS, "packages/protocol/src/a.ts": text }));
    expect(finding).toMatchObject({ file: "packages/protocol/src/a.ts", line: 3 });
  });
});
