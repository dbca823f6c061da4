import { bytesToHex } from "@trellis/base";
import type { FrameSelection, TracerRequest } from "@trellis/protocol";
import { CallTree } from "./CallTree.ts";
import { type FlatFrame, flatFrameSize, flatFrames } from "./flatCalls.ts";
import { createStateDiffTracer } from "./stateDiffTracer.ts";
import type { Traced, Tracer } from "./Tracer.ts";

type Frames = Extract<TracerRequest, { kind: "parityFrames" }>;
type Replay = Extract<TracerRequest, { kind: "parityReplay" }>;

/** Frames as Erigon and Reth answer `trace_block`. */
export function createParityFramesTracer({ select }: Frames, traced: Traced): Tracer {
  const calls = collectCalls(traced);
  return {
    hooks: calls.hooks,
    result: () => selected(calls.frames(traced), select).map(({ json }) => json),
  };
}

/** As Erigon and Reth answer `trace_call`, without `vmTrace`. */
export function createParityReplayTracer({ trace, stateDiff }: Replay, traced: Traced): Tracer {
  const calls = collectCalls(traced);
  const state = stateDiff ? createStateDiffTracer(traced) : undefined;
  const { onStep } = state?.hooks ?? {};
  return {
    hooks: {
      onEnter(frame) {
        calls.hooks.onEnter(frame);
        state?.hooks.onEnter?.(frame);
      },
      onExit: calls.hooks.onExit,
      ...(onStep && { onStep }),
    },
    result: (gasUsed) => ({
      output: bytesToHex(calls.tree.root!.end!.output),
      stateDiff: state?.result(gasUsed) ?? null,
      trace: trace ? calls.frames({ place: undefined }).map(({ json }) => json) : [],
      vmTrace: null,
    }),
  };
}

/** Inner calls to precompiles are omitted unless they transfer value. */
function collectCalls({ precompiles, size }: Traced) {
  const tree = new CallTree(size, flatFrameSize);
  return {
    tree,
    hooks: {
      onEnter: (start: Parameters<CallTree["enter"]>[0]) => tree.enter(start),
      onExit(end: Parameters<CallTree["exit"]>[0]) {
        const { type, to, value } = tree.exit(end).start;
        const isCall = type !== "SELFDESTRUCT" && to !== undefined && precompiles.has(to);
        if (end.depth > 0 && isCall && (value ?? 0n) === 0n) tree.innermost!.calls.pop();
      },
    },
    /** Gas excludes the intrinsic gas and the refund. */
    frames({ place }: Pick<Traced, "place">): FlatFrame[] {
      const root = tree.root!;
      const { gasUsed } = root.end!;
      return flatFrames(root, { isParity: true, convertsErrors: true, place, gas: root.start.gas, gasUsed });
    },
  };
}

function selected(frames: readonly FlatFrame[], select: FrameSelection): readonly FlatFrame[] {
  switch (select.kind) {
    case "all":
      return frames;
    case "index":
      return frames.slice(select.index, select.index + 1);
    case "addresses":
      return frames.filter((frame) => isSelected(frame, select));
  }
}

function isSelected(
  { from, to }: FlatFrame,
  select: Extract<FrameSelection, { kind: "addresses" }>,
): boolean {
  const isEither = select.from.length === 0 && select.to.length === 0;
  const isFrom = select.from.includes(from);
  const isTo = to !== undefined && select.to.includes(to);
  if (select.mode === "union") return isEither || isFrom || isTo;
  return (select.from.length === 0 || isFrom) && (select.to.length === 0 || isTo);
}
