import { encodeFunctionData } from "viem";
import { decimalsOf, GOVERNED, parameters, treasury } from "../../contracts/parameters.ts";
import { type Parsed, parseAddress, parseAmount, parseBytes, wrongOf } from "../../format/parse.ts";
import { decimalText } from "../../format/units.ts";
import type { Action } from "../../live/proposals.ts";

export type DraftKind = "set" | "pay" | "call";

export interface Draft {
  readonly key: number;
  readonly kind: DraftKind;
  /** Index in `GOVERNED`. */
  readonly parameter: number;
  readonly amount: string;
  readonly to: string;
  readonly data: string;
}

let made = 0;

export function newDraft(): Draft {
  return { key: made++, kind: "set", parameter: 0, amount: "", to: "", data: "" };
}

/** Inclusive bounds in base units. */
export type Bounds = readonly [min: bigint, max: bigint] | undefined;

export interface DraftReading {
  readonly action: Action | undefined;
  readonly wrong: Partial<Readonly<Record<"amount" | "to" | "data", string | undefined>>>;
}

export function readDraft(draft: Draft, bounds?: Bounds): DraftReading {
  switch (draft.kind) {
    case "set": {
      const amount = parseGoverned(draft, bounds);
      if ("wrong" in amount) return { action: undefined, wrong: { amount: amount.wrong } };
      const args = [BigInt(draft.parameter), amount.value] as const;
      const data = encodeFunctionData({ abi: parameters.abi, functionName: "set", args });
      return { action: { target: parameters.address, valueWei: 0n, data }, wrong: {} };
    }
    case "pay": {
      const [to, amount] = [parseAddress(draft.to), parseAmount(draft.amount)];
      const wrong = { to: wrongOf(to), amount: wrongOf(amount) };
      if ("wrong" in to || "wrong" in amount) return { action: undefined, wrong };
      const args = [to.value, amount.value] as const;
      const data = encodeFunctionData({ abi: treasury.abi, functionName: "pay", args });
      return { action: { target: treasury.address, valueWei: 0n, data }, wrong: {} };
    }
    case "call": {
      const [to, amount] = [parseAddress(draft.to), parseAmount(draft.amount || "0")];
      const data = parseBytes(draft.data);
      const wrong = { to: wrongOf(to), amount: wrongOf(amount), data: wrongOf(data) };
      if ("wrong" in to || "wrong" in amount || "wrong" in data) return { action: undefined, wrong };
      return { action: { target: to.value, valueWei: amount.value, data: data.value }, wrong: {} };
    }
  }
}

function parseGoverned({ parameter, amount }: Draft, bounds: Bounds): Parsed<bigint> {
  const { unit } = GOVERNED[parameter]!;
  const decimals = decimalsOf(unit);
  const parsed = parseAmount(amount, undefined, decimals);
  if ("wrong" in parsed || bounds === undefined) return parsed;
  const [min, max] = bounds;
  if (parsed.value < min) return { wrong: `At least ${decimalText(min, decimals, decimals)} ${unit}.` };
  if (parsed.value > max) return { wrong: `At most ${decimalText(max, decimals, decimals)} ${unit}.` };
  return parsed;
}
