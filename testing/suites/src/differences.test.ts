import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { differencesOf } from "./runSuite.ts";
import { SUITES } from "./suites.ts";

const GUIDE = readFileSync(new URL("../../../docs/guides/dev-chain.md", import.meta.url), "utf8");

it.each(SUITES)("the guide explains every difference of $name", (suite) => {
  const differences = Object.entries(differencesOf(suite));
  for (const [reason, titles] of differences) {
    expect(GUIDE).toContain(`**${reason}**`);
    expect(titles).not.toEqual([]);
  }
  const titles = differences.flatMap(([, those]) => those);
  expect(titles.toSorted()).toEqual([...new Set(titles)].toSorted());
});
