import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { IncomingBytes } from "../guards/IncomingBytes.ts";

/** RFC 6455, section 5.2: what a client's ping or pong has beside its data. */
const CONTROL_BYTES = 6;

/** Counts the message that a client is sending, of which `ws` keeps what has come until all of it is there. [RPC-18] */
export function meterMessages(
  socket: Duplex,
  webSocket: WebSocket,
  incoming: IncomingBytes,
  onOverloaded: () => void,
): void {
  let size = 0;
  const become = (to: number): void => {
    if (incoming.resize(size, to)) size = to;
    else onOverloaded();
  };
  // Before `ws` reads it, and tells of a message's end.
  socket.prependListener("data", (chunk: Buffer) => become(size + chunk.length));
  webSocket.on("message", () => become(0));
  const control = (data: Buffer): void => become(Math.max(0, size - CONTROL_BYTES - data.length));
  webSocket.on("ping", control);
  webSocket.on("pong", control);
  webSocket.once("close", () => become(0));
}
