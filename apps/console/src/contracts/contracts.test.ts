import type { Abi } from "viem";
import { describe, expect, it } from "vitest";
import { governor, timelock } from "./governor.ts";
import { keyRegistry } from "./keyRegistry.ts";
import { GOVERNED, parameters, treasury } from "./parameters.ts";
import { staking } from "./staking.ts";

/** The name is in a variable, so that tsc does not follow the import: these sources need Node's types. */
const COMPILED: string = "@trellis/contracts";
const compiled = (await import(COMPILED)) as Readonly<Record<string, unknown>>;

const CONTRACTS = [
  ["TrellisGovernor", governor, "GOVERNOR_ADDRESS"],
  ["Timelock", timelock, "TIMELOCK_ADDRESS"],
  ["Parameters", parameters, "PARAMETERS_ADDRESS"],
  ["Treasury", treasury, "TREASURY_ADDRESS"],
  ["Staking", staking, "STAKING_ADDRESS"],
  ["KeyRegistry", keyRegistry, "KEY_REGISTRY_ADDRESS"],
] as const;

interface Parameter {
  readonly type: string;
  readonly name?: string;
  readonly indexed?: boolean;
  readonly components?: readonly object[];
}

function lineOf(item: Abi[number]): string {
  if (item.type !== "function" && item.type !== "event" && item.type !== "error") return "";
  const text = (parameters: readonly object[]): string =>
    (parameters as readonly Parameter[])
      .map(({ type, name = "", indexed, components = [] }) => {
        const inner = text(components);
        return `${type}[${inner}]${indexed ? " indexed" : ""} ${name}`.trim();
      })
      .join(", ");
  const outputs = item.type === "function" ? ` ${text(item.outputs)} ${item.stateMutability}` : "";
  return `${item.type} ${item.name}(${text(item.inputs)})${outputs}`;
}

describe.each(CONTRACTS)("%s", (name, contract, address) => {
  it("is where genesis puts it, and has what is asked of it", () => {
    expect(contract.address).toBe(compiled[address]);
    const lines = new Set((compiled[name] as { readonly abi: Abi }).abi.map(lineOf));
    for (const item of contract.abi as Abi) expect(lines).toContain(lineOf(item));
  });
});

it("governed values stand at their ids", () => {
  expect(GOVERNED.map(({ name }) => name)).toEqual(compiled.GOVERNED);
});
