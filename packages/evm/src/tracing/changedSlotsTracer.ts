import type { TracerRequest } from "@trellis/protocol";
import { wordToHash } from "./TraceHooks.ts";
import type { Traced, Tracer } from "./Tracer.ts";

type Options = Extract<TracerRequest, { kind: "changedSlots" }>;

/** Reads before the transaction runs. */
export function createChangedSlotsTracer({ address }: Options, { changes }: Traced): Tracer {
  const slots = [...(changes().storage.get(address) ?? [])].map(([slot, value]) => [slot, wordToHash(value)]);
  return { hooks: {}, result: () => Object.fromEntries(slots) };
}
