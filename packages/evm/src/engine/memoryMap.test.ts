import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { MAP } from "./memoryMap.ts";

function coreConstants(): Map<string, number> {
  const constants = new Map<string, number>();
  for (const file of ["layout", "records"]) {
    const source = readFileSync(new URL(`../core/${file}.ts`, import.meta.url), "utf8");
    for (const [, name, value] of source.matchAll(/^export const (\w+): \w+ = (\w+);$/gm)) {
      constants.set(name!, Number(value));
    }
  }
  return constants;
}

it("matches the core's layout", () => {
  const constants = coreConstants();
  for (const [name, value] of Object.entries(MAP)) expect(constants.get(name), name).toBe(value);
});
