import { bytesToHex } from "@trellis/base";
import type { Traced, Tracer } from "./Tracer.ts";

const ENTRY_SIZE = 40;
const SELECTOR_SIZE = 4;

/** geth's 4byteTracer: counts calls by selector and size of the arguments. Precompiles do not count. */
export function createFourByteTracer({ precompiles, size }: Pick<Traced, "precompiles" | "size">): Tracer {
  const counts = new Map<string, number>();
  return {
    hooks: {
      onEnter({ type, to, input }) {
        if (!type.endsWith("CALL") && type !== "CALLCODE") return;
        if (to === undefined || precompiles.has(to)) return;
        const { length } = input;
        if (length < SELECTOR_SIZE) return;
        const key = `${bytesToHex(input.subarray(0, SELECTOR_SIZE))}-${length - SELECTOR_SIZE}`;
        const count = counts.get(key) ?? 0;
        if (count === 0) size.add(ENTRY_SIZE);
        counts.set(key, count + 1);
      },
    },
    result: () => Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
