import type { IncomingMessage } from "node:http";
import type { Scheduler, Timer } from "@trellis/base";
import type { BufferPool } from "../guards/BufferPool.ts";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";
import type { IntakePace } from "../guards/IntakePace.ts";

interface BodyOutcome {
  readonly onBody: (body: Buffer, release: () => void) => void;
  readonly onTooLarge: (got: number) => void;
  /** Called at most once, if the bodies of all clients exceed the limit. */
  readonly onOverloaded: (got: number) => void;
}

export interface BodyGuards {
  readonly incoming: IncomingBytes;
  readonly buffers: BufferPool;
  readonly pace: IntakePace;
  readonly scheduler: Scheduler;
}

const FIRST_BYTES = 1_024;
/** Bytes read without pacing. [RPC-16] */
const UNPACED_BYTES = 64 * 1024;
const NOTHING = Buffer.alloc(0);

/**
 * Copies into one buffer: small chunks take far more memory than their data. Calls no callback if the client
 * disconnects.
 */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  { incoming, buffers, pace, scheduler }: BodyGuards,
  { onBody, onTooLarge, onOverloaded }: BodyOutcome,
): void {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bytesMax) {
    request.resume();
    onTooLarge(announced);
    return;
  }
  let body: Buffer = NOTHING;
  let capacity = 0;
  let size = 0;
  let isRefused = false;
  let isRead = false;
  let timer: Timer | undefined;
  const release = (): void => {
    incoming.resize(capacity, 0);
    buffers.give(body);
    body = NOTHING;
    capacity = 0;
  };
  const refuse = (tell: (got: number) => void, got: number): void => {
    isRefused = true;
    release();
    tell(got);
  };
  request.on("data", (chunk: Buffer) => {
    if (isRefused) return;
    const got = size + chunk.length;
    if (got > bytesMax) {
      refuse(onTooLarge, got);
      return;
    }
    if (got > capacity) {
      const wanted = Math.max(got, Math.min(announced || bytesMax, Math.max(2 * capacity, FIRST_BYTES)));
      const needed = buffers.sizeFor(wanted);
      if (!incoming.resize(capacity, needed)) {
        refuse(onOverloaded, got);
        return;
      }
      const grown = buffers.take(needed);
      body.copy(grown, 0, 0, size);
      buffers.give(body);
      body = grown;
      capacity = needed;
    }
    chunk.copy(body, size);
    size = got;
    const waitMs = size > UNPACED_BYTES ? pace.waitAfter(chunk.length) : 0;
    if (waitMs === 0) return;
    request.pause();
    timer = scheduler.after(waitMs, () => request.resume());
  });
  request.on("end", () => {
    if (isRefused) return;
    isRead = true;
    onBody(body.subarray(0, size), release);
  });
  request.on("close", () => {
    timer?.cancel();
    if (!isRead) release();
  });
}
