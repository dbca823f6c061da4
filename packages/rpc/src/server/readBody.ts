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

/** Collects a request's body, at most `bytesMax` of it. Nothing is called if the client goes away before its end. */
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
  let chunks: Buffer[] = [];
  let size = 0;
  let isRefused = false;
  let isRead = false;
  const release = (): void => {
    incoming.resize(size, 0);
    size = 0;
  };
  const refuse = (tell: (got: number) => void, got: number): void => {
    isRefused = true;
    chunks = [];
    release();
    tell(got);
  };
  request.on("data", (chunk: Buffer) => {
    if (isRefused) return;
    const got = size + chunk.length;
    if (got > bytesMax) refuse(onTooLarge, got);
    else if (incoming.resize(size, got)) {
      chunks.push(chunk);
      size = got;
    } else refuse(onOverloaded, got);
  });
  request.on("end", () => {
    if (isRefused) return;
    isRead = true;
    const [first] = chunks;
    onBody(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks), release);
  });
  request.on("close", () => {
    if (!isRead) release();
  });
}
