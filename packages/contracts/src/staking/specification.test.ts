import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const CONTRACTS = [
  "Staking",
  "StakePools",
  "IStake",
  "Parameters",
  "TrellisGovernor",
  "GovernorCountingStake",
  "Timelock",
  "Treasury",
] as const;

const specification = readFileSync(new URL("../../../../docs/spec/staking.md", import.meta.url), "utf8");

function errorsOf(contract: string): readonly string[] {
  const source = readFileSync(new URL(`../../solidity/${contract}.sol`, import.meta.url), "utf8");
  return [...source.matchAll(/^\s*error (\w+)\(/gm)].map(([, name]) => name!);
}

it("finds the errors in the sources", () => {
  expect(errorsOf("StakePools")).toContain("NothingUnbonding");
});

it.each(CONTRACTS)("the specification names every error of %s", (contract) => {
  expect(errorsOf(contract).filter((name) => !specification.includes(`\`${name}\``))).toEqual([]);
});
