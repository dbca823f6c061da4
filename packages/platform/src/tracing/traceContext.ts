import type { Random } from "@trellis/base";

/** W3C Trace Context, level 1. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  readonly isSampled: boolean;
}

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

export function childContext(parent: TraceContext | undefined, random: Random): TraceContext {
  return {
    traceId: parent?.traceId ?? hexId(random, 16),
    spanId: hexId(random, 8),
    isSampled: parent?.isSampled ?? false,
  };
}

function hexId(random: Random, byteCount: number): string {
  const id = Buffer.from(random.bytes(byteCount));
  if (id.every((byte) => byte === 0)) id[0] = 1;
  return id.toString("hex");
}
