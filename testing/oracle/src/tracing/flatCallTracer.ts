import { bytesToHex, quantityToHex } from "@trellis/base";
import type { Address, Json, TracerRequest } from "@trellis/protocol";
import type { FrameEnd, FrameStart, Traced, Tracer } from "./hooks.ts";

type Options = Extract<TracerRequest, { kind: "flatCall" }>;

interface Frame {
  readonly start: FrameStart;
  readonly at: readonly number[];
  end: FrameEnd | undefined;
  subtraces: number;
}

/** geth's flatCallTracer (eth/tracers/native), as a list in the order of the frames' starts. */
export function createFlatCallTracer(options: Options, { gasLimit }: Pick<Traced, "gasLimit">): Tracer {
  const frames: Frame[] = [];
  const open: Frame[] = [];
  return {
    hooks: {
      onEnter(start) {
        const parent = open.at(-1);
        const at = parent === undefined ? [] : [...parent.at, parent.subtraces++];
        const frame: Frame = { start, at, end: undefined, subtraces: 0 };
        frames.push(frame);
        open.push(frame);
      },
      onExit(end) {
        const frame = open.pop()!;
        frame.end = end;
        const isCall = ["CALL", "STATICCALL"].includes(frame.start.type);
        if (options.includePrecompiles || !isCall || open.length === 0 || !isPrecompile(frame.start.to))
          return;
        frames.pop();
        open.at(-1)!.subtraces--;
      },
    },
    result: (gasUsed) =>
      frames.map((frame, index) =>
        print(
          frame,
          index === 0 ? { gas: gasLimit, gasUsed } : { gas: frame.start.gas, gasUsed: frame.end!.gasUsed },
        ),
      ),
  };
}

/** Osaka's, ML-DSA and proofs of possession. */
const PRECOMPILES = new Set([...Array.from({ length: 0x13 }, (_, index) => index + 1), 0x100].map(BigInt));

export function isPrecompile(address: Address | undefined): boolean {
  return address !== undefined && PRECOMPILES.has(BigInt(address));
}

function print(
  { start, end, at, subtraces }: Frame,
  { gas, gasUsed }: { readonly gas: bigint; readonly gasUsed: bigint },
): Json {
  const { type, from, to, input, value = 0n } = start;
  const { failure, output, created } = end!;
  const address = failure === undefined ? (created ?? to) : undefined;
  const common = { from, gas: quantityToHex(gas), value: quantityToHex(value) };
  const used = { gasUsed: quantityToHex(gasUsed) };
  const rest = { subtraces, traceAddress: at, ...(failure !== undefined && { error: failure }) };
  const result = (fields: { readonly [field: string]: Json }) =>
    failure === undefined || failure === "execution reverted" ? { result: { ...used, ...fields } } : {};
  if (type === "SELFDESTRUCT") {
    const action = { address: from, balance: quantityToHex(value), refundAddress: to! };
    return { ...rest, type: "suicide", action };
  }
  if (type.startsWith("CREATE")) {
    const made = result({ code: bytesToHex(output), ...(address && { address }) });
    return { ...rest, type: "create", action: { ...common, init: bytesToHex(input) }, ...made };
  }
  const action = { ...common, callType: type.toLowerCase(), input: bytesToHex(input), to: to! };
  return { ...rest, type: "call", action, ...result({ output: bytesToHex(output) }) };
}
