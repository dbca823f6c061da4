import { expect, it } from "vitest";
import { ALL_METHODS } from "./allMethods.ts";
import { compareMethods } from "./compareMethods.ts";
import { ANVIL_METHODS, DIFFERENCES, HARDHAT_METHODS, MISSING } from "./dev/otherNodes.ts";

const served = new Set(ALL_METHODS.map(({ name }) => name));
const namesOf = (given: typeof MISSING) => given.flatMap(({ names }) => names);
const isMethod = (name: string) => /^[a-z0-9]+_\w+$/.test(name);

it("each method of Anvil and Hardhat's node is served, or missing with a reason", () => {
  const missing = namesOf(MISSING);
  expect(new Set(missing).size).toBe(missing.length);
  const absent = [...ANVIL_METHODS, ...HARDHAT_METHODS].filter((name) => !served.has(name));
  expect(missing.filter(isMethod).sort()).toEqual([...new Set(absent)].sort());
});

it("a difference is one of a method that is served, here and there", () => {
  const names = namesOf(DIFFERENCES);
  expect(names.filter((name) => !served.has(name))).toEqual([]);
  expect(names.filter((name) => !ANVIL_METHODS.has(name) && !HARDHAT_METHODS.has(name))).toEqual([]);
});

it("each development method is compared, once", () => {
  const methods = compareMethods();
  const names = methods.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, role } of ALL_METHODS) if (role === "dev") expect(names).toContain(name);
  const kind = (wanted: string) => methods.find(({ name }) => name === wanted);
  expect(kind("eth_call")).toMatchObject({ here: "same", inAnvil: true, inHardhat: true, reason: "" });
  expect(kind("hardhat_setCode")).toMatchObject({
    here: "different",
    reason: expect.stringContaining("24,576"),
  });
  expect(kind("anvil_reorg")).toMatchObject({ here: "missing", inAnvil: true, inHardhat: false });
  expect(kind("trellis_mine")).toMatchObject({ here: "only here" });
});
