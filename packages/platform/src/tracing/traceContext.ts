import type { Random, TraceContext } from "@trellis/base";

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export function parseTraceparent(text: string): TraceContext | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(text.trim()) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined)
    return undefined;
  // Only later versions may have more fields. Version ff is invalid.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function formatTraceparent({ traceId, spanId, isSampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${isSampled ? "01" : "00"}`;
}

/** @param ratio of new traces that are sampled; a child has its parent's decision */
export function childContext(parent: TraceContext | undefined, random: Random, ratio = 0): TraceContext {
  const traceId = parent?.traceId ?? hexId(random, 16);
  const isSampled = parent?.isSampled ?? fractionOf(traceId) < ratio;
  return { traceId, spanId: hexId(random, 8), isSampled };
}

/** From the last 48 bits, in [0, 1). */
function fractionOf(traceId: string): number {
  return Number.parseInt(traceId.slice(-12), 16) / 2 ** 48;
}

function hexId(random: Random, byteCount: number): string {
  const id = Buffer.from(random.bytes(byteCount));
  if (id.every((byte) => byte === 0)) id[0] = 1;
  return id.toString("hex");
}
