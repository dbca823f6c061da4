import { bytesToHex } from "@trellis/base";
import { isPrecompile } from "./flatCallTracer.ts";
import type { Tracer } from "./hooks.ts";

/** geth's 4byteTracer (eth/tracers/native). */
export function createFourByteTracer(): Tracer {
  const keys: string[] = [];
  return {
    hooks: {
      onEnter({ type, to, input }) {
        if (!type.includes("CALL") || isPrecompile(to) || input.length < 4) return;
        keys.push(`${bytesToHex(input).slice(0, 10)}-${input.length - 4}`);
      },
    },
    result: () =>
      Object.fromEntries(keys.toSorted().map((key) => [key, keys.filter((other) => other === key).length])),
  };
}
