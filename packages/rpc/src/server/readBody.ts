import type { IncomingMessage } from "node:http";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";

export interface BodyOutcome {
  /** `release` what it holds when it is not needed any more. */
  readonly onBody: (body: Buffer, release: () => void) => void;
  /** Called once, at the latest when more than `bytesMax` have come; what comes further is thrown away. */
  readonly onTooLarge: (got: number) => void;
  /** Called once, when what all clients send is too much to be held; what comes further is thrown away. */
  readonly onOverloaded: (got: number) => void;
}

/** What a body is collected in at first. Bytes */
const FIRST_BYTES = 1_024;
const NOTHING = Buffer.alloc(0);

/**
 * Collects a request's body, at most `bytesMax` of it, in one buffer: chunks that are kept would take far more than they
 * hold where they are small. Nothing is called if the client goes away before its end.
 */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  incoming: IncomingBytes,
  { onBody, onTooLarge, onOverloaded }: BodyOutcome,
): void {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bytesMax) {
    request.resume();
    onTooLarge(announced);
    return;
  }
  let body = NOTHING;
  let size = 0;
  let isRefused = false;
  let isRead = false;
  const release = (): void => {
    incoming.resize(body.length, 0);
    body = NOTHING;
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
    if (got > body.length) {
      const capacity = Math.max(got, Math.min(announced || bytesMax, Math.max(2 * body.length, FIRST_BYTES)));
      if (!incoming.resize(body.length, capacity)) {
        refuse(onOverloaded, got);
        return;
      }
      const grown = Buffer.allocUnsafe(capacity);
      body.copy(grown, 0, 0, size);
      body = grown;
    }
    chunk.copy(body, size);
    size = got;
  });
  request.on("end", () => {
    if (isRefused) return;
    isRead = true;
    onBody(body.subarray(0, size), release);
  });
  request.on("close", () => {
    if (!isRead) release();
  });
}
