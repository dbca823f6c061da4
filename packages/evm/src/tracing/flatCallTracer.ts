import type { TracerRequest } from "@trellis/protocol";
import { CallTree } from "./CallTree.ts";
import { flatFrameSize, flatFrames } from "./flatCalls.ts";
import type { Traced, Tracer } from "./Tracer.ts";

type Options = Extract<TracerRequest, { kind: "flatCall" }>;

/** geth's flatCallTracer. By default, inner calls to precompiles are omitted. */
export function createFlatCallTracer(
  { convertParityErrors, includePrecompiles }: Options,
  { gasLimit, precompiles, place, size }: Traced,
): Tracer {
  const tree = new CallTree(size, flatFrameSize);
  return {
    hooks: {
      onEnter: (start) => tree.enter(start),
      onExit(end) {
        const { type, to } = tree.exit(end).start;
        const isCall = type === "CALL" || type === "STATICCALL";
        if (!includePrecompiles && end.depth > 0 && isCall && precompiles.has(to!))
          tree.innermost!.calls.pop();
      },
    },
    result: (gasUsed) =>
      flatFrames(tree.root!, {
        isParity: false,
        convertsErrors: convertParityErrors,
        place,
        gas: gasLimit,
        gasUsed,
      }).map(({ json }) => json),
  };
}
