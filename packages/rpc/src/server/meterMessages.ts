import type { Duplex } from "node:stream";
import type { Clock } from "@trellis/base";
import type { WebSocket } from "ws";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";

/** RFC 6455, section 5.2: what a client's ping or pong has beside its data. */
const CONTROL_BYTES = 6;

/**
 * Pings and pongs that may come in the middle of a message. `ws` keeps a part of a message with all of the chunk that it
 * came in: between small parts they would make it keep far more than is counted. (Of pings, which it answers, it takes
 * few at a time.)
 */
const CONTROL_TOTAL_MAX = 64 * 1024;

export interface MeterPorts {
  readonly incoming: IncomingBytes;
  readonly clock: Clock;
  readonly onTooMuch: (reason: string) => void;
}

/**
 * Counts the message that a client is sending, of which `ws` keeps what has come until all of it is there. [RPC-18]
 * @param messageMs from its first byte to its last
 */
export function meterMessages(
  socket: Duplex,
  webSocket: WebSocket,
  messageMs: number,
  { incoming, clock, onTooMuch }: MeterPorts,
): void {
  let size = 0;
  let sinceMs = 0;
  /** Of pings and pongs since nothing was kept last. */
  let controlTotal = 0;
  const become = (to: number): void => {
    if (incoming.resize(size, to)) size = to;
    else onTooMuch("too much comes from clients");
    if (size === 0) controlTotal = 0;
  };
  // Before `ws` reads it, and tells of a message's end.
  socket.prependListener("data", (chunk: Buffer) => {
    const nowMs = clock.nowMs();
    if (size === 0) sinceMs = nowMs;
    // Who sends nothing at all misses its ping.
    else if (nowMs - sinceMs > messageMs) onTooMuch("a message takes too long to come");
    become(size + chunk.length);
  });
  webSocket.on("message", () => become(0));
  const control = (data: Buffer): void => {
    const bytes = CONTROL_BYTES + data.length;
    controlTotal += bytes;
    become(Math.max(0, size - bytes));
    if (controlTotal > CONTROL_TOTAL_MAX) onTooMuch("too many pongs come in the middle of a message");
  };
  webSocket.on("ping", control);
  webSocket.on("pong", control);
  webSocket.once("close", () => become(0));
}
