import { describe, expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import { checkCycles } from "./checkCycles.ts";

const A = "packages/chain/src/a.ts";
const B = "packages/chain/src/b.ts";
const C = "packages/chain/src/c.ts";

function messagesOf(files: Readonly<Record<string, string>>): string[] {
  return checkCycles(fixtureTree(files)).map(({ file, message }) => `${file} ${message}`);
}

describe("import cycles", () => {
  it("a duplicate import of one file is allowed", () => {
    const files = { [A]: 'import "./b.ts";\nimport "./c.ts";', [B]: 'import "./c.ts";', [C]: "export {};" };
    expect(messagesOf(files)).toEqual([]);
  });

  it("import-cycle: reports a cycle through several files, types included, once", () => {
    const files = {
      [A]: 'import "./b.ts";',
      [B]: 'import type { X } from "./c.ts";',
      [C]: 'export { y } from "./a.ts";',
    };
    expect(messagesOf(files)).toEqual([`${A} imports itself through ${B}, ${C}`]);
  });

  it("import-cycle: in test support, benchmarks and tools too", () => {
    const files = (folder: string, importing = "") => ({
      [`${folder}/src/a.ts`]: `${importing}import type { B } from "./b.ts";`,
      [`${folder}/src/b.ts`]: 'import type { A } from "./a.ts";',
    });
    for (const folder of ["testing/simulator", "bench", "tools"]) {
      expect(messagesOf(files(folder, 'import { it } from "vitest";'))).toHaveLength(1);
    }
  });

  it("import-cycle: allowed in tests", () => {
    const files = { [A]: 'import "./b.test.ts";', "packages/chain/src/b.test.ts": 'import "./a.ts";' };
    expect(messagesOf(files)).toEqual([]);
  });
});
