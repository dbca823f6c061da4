import { describe, expect, it } from "vitest";
import { fixtureTree } from "../testing/fixtureTree.ts";
import type { Allowance } from "./allowed.ts";
import { checkTidy } from "./checkTidy.ts";

function rulesOf(path: string, text: string, allowances: readonly Allowance[] = []) {
  return checkTidy(fixtureTree({ [path]: text }), allowances).map(({ rule }) => rule);
}

const SOURCE = "packages/chain/src/dag/a.ts";

describe("impure-call", () => {
  it.each(["Date.now()", "Math.random()", "setTimeout(f, 1)", "setInterval(f, 1)", "new Date()"])(
    "%s",
    (text) => {
      expect(rulesOf(SOURCE, `export const x = ${text};`)).toEqual(["impure-call"]);
    },
  );

  it.each([
    "packages/platform/src/system/systemClock.ts",
    "packages/mining/src/miner/minerWorker.ts",
    "packages/crypto/src/workers/pool.ts",
    "packages/chain/src/dag/a.test.ts",
    "apps/trellis/src/a.ts",
    "tools/src/a.ts",
    "bench/src/a.ts",
    "testing/kit/src/a.ts",
  ])("is allowed in %s", (path) => {
    expect(rulesOf(path, "export const x = Date.now();")).toEqual([]);
  });

  it("ignores similar names: a method, a comment, a text, a date of a given time", () => {
    const text = `// Date.now()\nexport const x = [clock.setTimeout(1), "Math.random()", new Date(5)];`;
    expect(rulesOf(SOURCE, text)).toEqual([]);
  });
});

describe("ambient-input", () => {
  it.each(["process.env.HOME", "process.argv[2]"])("%s, also in platform", (text) => {
    expect(rulesOf(SOURCE, `export const x = ${text};`)).toEqual(["ambient-input"]);
    expect(rulesOf("packages/platform/src/a.ts", `export const x = ${text};`)).toEqual(["ambient-input"]);
    expect(rulesOf("apps/trellis/src/main.ts", `export const x = ${text};`)).toEqual([]);
  });
});

describe("bare-error", () => {
  it.each([
    'throw new Error("x");',
    'throw Error("x");',
    'throw new RangeError("x");',
    'throw "x";',
    "throw `x`;",
    "throw { code: 1 };",
    'reject(new Error("x"));',
    "class OwnError extends Error {}",
  ])("%s", (text) => {
    expect(rulesOf(SOURCE, text)).toEqual(["bare-error"]);
  });

  it("allows errors with a code, rethrown errors, and tests", () => {
    expect(rulesOf(SOURCE, "throw chainErrors.PARENT_UNKNOWN({ hash });")).toEqual([]);
    expect(rulesOf(SOURCE, "try { f(); } catch (error) { throw error; }")).toEqual([]);
    expect(rulesOf("packages/chain/src/a.test.ts", 'throw new Error("x");')).toEqual([]);
  });
});

describe("log-event", () => {
  it.each([
    'log.info("the index is built again");',
    'log.warn("settings");',
    'ports.log.error("Chain.stopped", { error });',
    'log.child("mining").debug("mining.not-started");',
    "log.fatal(`process crashed`);",
  ])("%s", (text) => {
    expect(rulesOf(SOURCE, text)).toEqual(["log-event"]);
  });

  it.each([
    'log.info("index.rebuilt", { message: "The index has another schema version." });',
    'log.warn("stateSync.block.found");',
    "log.warn(kind, { reason });",
    'console.error("no such file");',
    'notes.add("the index is built again");',
  ])("%s is good", (text) => {
    expect(rulesOf(SOURCE, text)).toEqual([]);
  });

  it("tests and tools are not checked", () => {
    for (const path of ["packages/chain/src/a.test.ts", "testing/kit/src/a.ts", "tools/src/a.ts"])
      expect(rulesOf(path, 'log.info("a text");')).toEqual([]);
  });
});

describe("test-silenced", () => {
  it.each(["it.only", "it.skip", "describe.skip", "test.concurrent.only", "it.todo"])("%s", (callee) => {
    expect(rulesOf("packages/chain/src/a.test.ts", `${callee}("x", () => {});`)).toEqual(["test-silenced"]);
  });

  it("allows a stated condition, and other kinds of skipping", () => {
    const text = 'describe.skipIf(!hasVectors)("x", () => { reader.skip(4); });';
    expect(rulesOf("packages/chain/src/a.test.ts", text)).toEqual([]);
  });
});

describe("unfinished", () => {
  it("in a comment and in a document, but not in a text", () => {
    expect(rulesOf(SOURCE, "// TODO later\nexport {};")).toEqual(["unfinished"]);
    expect(rulesOf("docs/a.md", "FIXME: say more")).toEqual(["unfinished"]);
    expect(rulesOf(SOURCE, 'export const x = "TODO";')).toEqual([]);
    expect(rulesOf("docs/a.md", "the rule against `TODO`")).toEqual([]);
  });
});

describe("test-only", () => {
  const files = {
    "packages/chain/src/index.ts": 'export { run } from "./run.ts";',
    "packages/chain/src/run.ts": "export const run = 1;",
    "packages/chain/src/run.test.ts": 'import { naiveRun } from "./naiveRun.ts";',
    "packages/chain/src/naiveRun.ts": "export const naiveRun = 1;",
    "apps/trellis/src/main.ts": 'import { run } from "@trellis/chain";',
  };
  const filesOf = (more: Readonly<Record<string, string>>): string[] =>
    checkTidy(fixtureTree({ ...files, ...more }), []).map(({ file, rule }) => `${rule} ${file}`);

  it("a file that only tests and test support import", () => {
    expect(filesOf({})).toEqual(["test-only packages/chain/src/naiveRun.ts"]);
    const support = 'import { naiveRun } from "../naiveRun.ts";';
    expect(
      filesOf({ "packages/chain/src/run.test.ts": "", "packages/chain/src/testing/a.ts": support }),
    ).toEqual(["test-only packages/chain/src/naiveRun.ts"]);
  });

  it("a file that an index exports, but of which production code imports no name", () => {
    const index = {
      "packages/chain/src/index.ts": 'export { run } from "./run.ts"; export * from "./naiveRun.ts";',
    };
    expect(filesOf(index)).toEqual([]);
    const main = { "apps/trellis/src/main.ts": "", "packages/chain/src/run.test.ts": "" };
    expect(filesOf(main)).toEqual(["test-only packages/chain/src/run.ts"]);
  });

  it("allows files that production code imports or starts as a worker, entries, and testing/", () => {
    const importing = {
      "packages/chain/src/run.ts": 'import { naiveRun } from "./naiveRun.ts"; export const run = naiveRun;',
    };
    expect(filesOf(importing)).toEqual([]);
    const starting = {
      "packages/chain/src/run.ts": 'export const run = new URL("./naiveRun.ts", import.meta.url);',
    };
    expect(filesOf(starting)).toEqual([]);
    const moved = {
      "packages/chain/src/run.test.ts": 'import "./testing/naiveRun.ts"; import "./index.ts";',
      "packages/chain/src/naiveRun.ts": "",
      "packages/chain/src/testing/naiveRun.ts": "export const naiveRun = 1;",
    };
    expect(filesOf(moved)).toEqual([]);
  });
});

it.each(["utils.ts", "helpers.ts", "misc.ts"])("nameless-file: %s", (name) => {
  expect(rulesOf(`packages/chain/src/dag/${name}`, "export {};")).toEqual(["nameless-file"]);
});

it.each(["see `dag.ts:120`", "see dag.ts#L12", "in line 12 of it"])("line-reference: %s", (text) => {
  expect(rulesOf("docs/a.md", text)).toEqual(["line-reference"]);
});

it("unreadable: a file with a syntax error", () => {
  expect(rulesOf(SOURCE, "export const = 5;")).toContain("unreadable");
});

describe("sizes", () => {
  const statements = (count: number): string => "  f();\n".repeat(count);
  const long = `export function long(): void {\n${statements(71)}}\n`;

  it("file-long: more than 500 lines", () => {
    expect(rulesOf(SOURCE, "f();\n".repeat(500))).toEqual([]);
    expect(rulesOf(SOURCE, "f();\n".repeat(501))).toEqual(["file-long"]);
  });

  it("function-long: more than 70 lines", () => {
    expect(rulesOf(SOURCE, `export function f(): void {\n${statements(68)}}\n`)).toEqual([]);
    expect(rulesOf(SOURCE, `export function f(): void {\n${statements(69)}}\n`)).toEqual(["function-long"]);
    expect(rulesOf(SOURCE, `export const f = () => {\n${statements(69)}};\n`)).toEqual(["function-long"]);
    expect(rulesOf(SOURCE, `export class A { m() {\n${statements(69)}} }\n`)).toEqual(["function-long"]);
  });

  it("function-long: named inner functions and callbacks count for themselves", () => {
    const method = `    m() {\n${statements(30)}    },\n`;
    const create = `export function create() {\n  return {\n${method.repeat(3)}  };\n}\n`;
    expect(rulesOf(SOURCE, create)).toEqual(["function-long"]);
    const callback = `  list.forEach(() => {\n${statements(75)}  });\n`;
    expect(rulesOf(SOURCE, `export function f() {\n${callback}}\n`)).toEqual(["function-long"]);
    expect(rulesOf(SOURCE, callback)).toEqual(["function-long"]);
  });

  it("function-long: tests are exempt, test helpers are not", () => {
    expect(rulesOf("packages/chain/src/a.test.ts", long)).toEqual([]);
    expect(rulesOf("packages/chain/src/testing/a.ts", long)).toEqual(["function-long"]);
    expect(rulesOf(SOURCE, `import { it } from "vitest";\n${long}`)).toEqual(["function-long"]);
  });

  it("an allowance with a reason permits it", () => {
    expect(rulesOf(SOURCE, long, [{ file: SOURCE, name: "long", reason: "unrolled" }])).toEqual([]);
  });

  it("allowance-unneeded: the function has become short", () => {
    const allowance = { file: SOURCE, name: "short", reason: "was long" };
    expect(rulesOf(SOURCE, "export function short() {}\n", [allowance])).toEqual(["allowance-unneeded"]);
  });
});
