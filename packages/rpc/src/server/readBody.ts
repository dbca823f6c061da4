import type { IncomingMessage } from "node:http";

export interface BodyOutcome {
  readonly onBody: (body: Buffer) => void;
  /** Called once, at the latest when more than `bytesMax` have come; what comes further is thrown away. */
  readonly onTooLarge: (got: number) => void;
}

/** Collects a request's body, at most `bytesMax` of it. Nothing is called if the client goes away before its end. */
export function readBody(
  request: IncomingMessage,
  bytesMax: number,
  { onBody, onTooLarge }: BodyOutcome,
): void {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bytesMax) {
    request.resume();
    onTooLarge(announced);
    return;
  }
  let first: Buffer | undefined;
  let more: Buffer[] | undefined;
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    if (size > bytesMax) return;
    size += chunk.length;
    if (size > bytesMax) {
      first = undefined;
      more = undefined;
      onTooLarge(size);
    } else if (first === undefined) first = chunk;
    else {
      more ??= [first];
      more.push(chunk);
    }
  });
  request.on("end", () => {
    if (size <= bytesMax) onBody(more === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(more));
  });
}
