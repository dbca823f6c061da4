import type { Duplex } from "node:stream";
import type { Clock } from "@trellis/base";
import type { WebSocket } from "ws";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";

/** Size of a client's control frame (RFC 6455, section 5.2). */
const CONTROL_BYTES = 6;

/** Per message: `ws` may keep the control frames' chunks, which are not counted. */
const CONTROL_TOTAL_MAX = 64 * 1024;

export interface MeterPorts {
  readonly incoming: IncomingBytes;
  readonly clock: Clock;
  readonly onTooMuch: (message: string) => void;
}

/**
 * Counts incomplete messages, which `ws` buffers. [RPC-18]
 * @param messageMs maximum time from a message's first to last byte
 */
export function meterMessages(
  socket: Duplex,
  webSocket: WebSocket,
  messageMs: number,
  { incoming, clock, onTooMuch }: MeterPorts,
): void {
  let size = 0;
  let sinceMs = 0;
  let controlTotal = 0;
  const become = (to: number): void => {
    if (incoming.resize(size, to)) size = to;
    else onTooMuch("Incoming messages of all clients exceed the limit.");
    if (size === 0) controlTotal = 0;
  };
  socket.prependListener("data", (chunk: Buffer) => {
    const nowMs = clock.nowMs();
    if (size === 0) sinceMs = nowMs;
    else if (nowMs - sinceMs > messageMs) onTooMuch("The message arrives too slowly.");
    become(size + chunk.length);
  });
  webSocket.on("message", () => become(0));
  const control = (data: Buffer): void => {
    const bytes = CONTROL_BYTES + data.length;
    controlTotal += bytes;
    become(Math.max(0, size - bytes));
    if (controlTotal > CONTROL_TOTAL_MAX) onTooMuch("Too many control frames arrive within a message.");
  };
  webSocket.on("ping", control);
  webSocket.on("pong", control);
  webSocket.once("close", () => become(0));
}
