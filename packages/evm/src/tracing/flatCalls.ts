import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Address, Json } from "@trellis/protocol";
import type { Call } from "./CallTree.ts";
import { REVERTED } from "./TraceHooks.ts";
import type { TracedPlace } from "./Tracer.ts";

/** JSON characters of a flat frame without its data, and per level of its trace address. */
const FRAME_SIZE = 700;
const LEVEL_SIZE = 7;

export function flatFrameSize(depth: number): number {
  return FRAME_SIZE + LEVEL_SIZE * depth;
}

export interface FlatStyle {
  readonly isParity: boolean;
  readonly convertsErrors: boolean;
  readonly place: TracedPlace | undefined;
  /** Of the outermost frame. */
  readonly gas: bigint;
  readonly gasUsed: bigint;
}

export interface FlatFrame {
  readonly from: Address;
  readonly to: Address | undefined;
  readonly json: Json;
}

/** Parity's form of nested calls: parents first. */
export function flatFrames(root: Call, style: FlatStyle): FlatFrame[] {
  const frames: FlatFrame[] = [];
  addFrames(frames, root, [], style);
  return frames;
}

function addFrames(frames: FlatFrame[], call: Call, traceAddress: readonly number[], style: FlatStyle): void {
  frames.push(flatFrame(call, traceAddress, style));
  for (const [index, child] of call.calls.entries())
    addFrames(frames, child, [...traceAddress, index], style);
}

function flatFrame(call: Call, traceAddress: readonly number[], style: FlatStyle): FlatFrame {
  const { start, end, calls } = call;
  const { failure } = end!;
  const { isParity, convertsErrors, place } = style;
  const isRoot = traceAddress.length === 0;
  const gas = isRoot ? style.gas : start.gas;
  const gasUsed = isRoot ? style.gasUsed : end!.gasUsed;
  const { type, action, result } = shapeOf(call, { gas, gasUsed, isParity });
  const hasResult = result !== undefined && (failure === undefined || failure === REVERTED);
  const json = {
    action,
    ...(place && { blockHash: place.blockHash, blockNumber: Number(place.blockNumber) }),
    ...(failure === undefined ? {} : { error: convertsErrors ? parityError(failure) : failure }),
    ...(hasResult ? { result } : isParity ? { result: null } : {}),
    subtraces: calls.length,
    traceAddress,
    ...(place && {
      transactionHash: place.transactionHash,
      transactionPosition: place.transactionPosition,
    }),
    type,
  };
  const isNowhere = type === "create" && failure !== undefined;
  return { from: start.from, to: isNowhere ? undefined : start.to, json };
}

interface Shape {
  readonly type: string;
  readonly action: { readonly [field: string]: Json };
  readonly result: { readonly [field: string]: Json } | undefined;
}

function shapeOf(
  { start, end }: Call,
  { gas, gasUsed, isParity }: { readonly gas: bigint; readonly gasUsed: bigint; readonly isParity: boolean },
): Shape {
  const { type, from, to } = start;
  const value = quantityToHex(start.value ?? 0n);
  const used = quantityToHex(gasUsed);
  const output = bytesToHex(end!.output);
  if (type === "SELFDESTRUCT") {
    const action = { address: from, balance: value, ...(to && { refundAddress: to }) };
    return { type: "suicide", action, result: undefined };
  }
  const input = bytesToHex(start.input);
  const common = { from, gas: quantityToHex(gas), value };
  if (type === "CREATE" || type === "CREATE2") {
    const method = isParity ? { creationMethod: type.toLowerCase() } : {};
    const address = to !== undefined && end!.failure === undefined ? { address: to } : {};
    return {
      type: "create",
      action: { ...common, init: input, ...method },
      result: { ...address, code: output, gasUsed: used },
    };
  }
  return {
    type: "call",
    action: { callType: type.toLowerCase(), ...common, input, ...(to && { to }) },
    result: { gasUsed: used, output },
  };
}

/** geth's table (eth/tracers/native/call_flat.go). */
const PARITY_ERRORS: Readonly<Record<string, string>> = {
  "contract creation code storage out of gas": "Out of gas",
  "out of gas": "Out of gas",
  "max code size exceeded": "Out of gas",
  "invalid jump destination": "Bad jump destination",
  [REVERTED]: "Reverted",
  "return data out of bounds": "Out of bounds",
  "stack limit reached 1024 (1023)": "Out of stack",
  "precompile failed": "Built-in failed",
};
const PARITY_PREFIXES = [
  ["out of gas:", "Out of gas"],
  ["invalid opcode:", "Bad instruction"],
  ["stack underflow", "Stack underflow"],
] as const;

function parityError(failure: string): string {
  const known = PARITY_ERRORS[failure];
  if (known !== undefined) return known;
  return PARITY_PREFIXES.find(([prefix]) => failure.startsWith(prefix))?.[1] ?? failure;
}
