import type { TraceHooks } from "./TraceHooks.ts";
import type { Tracer } from "./Tracer.ts";

/** geth's muxTracer: one execution, the results by name. */
export function createMuxTracer(tracers: readonly (readonly [name: string, Tracer])[]): Tracer {
  const hooks = tracers.map(([, tracer]) => tracer.hooks);
  return {
    hooks: {
      onEnter: (frame) => each(hooks, ({ onEnter }) => onEnter?.(frame)),
      ...(hooks.some(({ onStep }) => onStep !== undefined) && {
        onStep: (step) => each(hooks, ({ onStep }) => onStep?.(step)),
      }),
      onExit: (frame) => each(hooks, ({ onExit }) => onExit?.(frame)),
    },
    result: (gasUsed) => Object.fromEntries(tracers.map(([name, tracer]) => [name, tracer.result(gasUsed)])),
  };
}

function each(hooks: readonly TraceHooks[], call: (hooks: TraceHooks) => void): void {
  for (const one of hooks) call(one);
}
