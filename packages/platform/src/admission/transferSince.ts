import type { Socket } from "node:net";

interface Transfer {
  readonly bytesIn: number;
  readonly bytesOut: number;
}

const counted = new WeakMap<Socket, Transfer>();

/** Bytes since the last call for this connection, so that none is counted twice. */
export function transferSince(socket: Socket): Transfer {
  const { bytesIn, bytesOut } = counted.get(socket) ?? { bytesIn: 0, bytesOut: 0 };
  const { bytesRead = 0, bytesWritten = 0 } = socket;
  counted.set(socket, { bytesIn: bytesRead, bytesOut: bytesWritten });
  return { bytesIn: bytesRead - bytesIn, bytesOut: bytesWritten - bytesOut };
}
