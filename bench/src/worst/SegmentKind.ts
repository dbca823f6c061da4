import type { Address } from "@trellis/protocol";
import type { Assembler } from "./Assembler.ts";
import type { Draws } from "./Draws.ts";

export type Value = number | string;
export type Values = Readonly<Record<string, Value>>;

/** "seed" is any 32-bit number. */
export type Domain = readonly Value[] | "seed";

export interface CalleeRange {
  readonly first: Address;
  readonly count: number;
}

interface SegmentContext {
  callees(set: number): CalleeRange;
}

export interface SegmentKind {
  readonly parameters: Readonly<Record<string, Domain>>;
  label(values: Values): string;
  emit(assembler: Assembler, values: Values, context: SegmentContext): void;
}

export function drawValues(parameters: SegmentKind["parameters"], draws: Draws): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, domain]) => [name, drawValue(domain, draws)]),
  );
}

export function drawValue(domain: Domain, draws: Draws): Value {
  return domain === "seed" ? draws.integer(2 ** 32) : draws.pick(domain);
}

export function numberOf(values: Values, name: string): number {
  return Number(values[name]);
}
