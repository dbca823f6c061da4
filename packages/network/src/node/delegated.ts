import type { Transport } from "../transport/Transport.ts";

/** Transports are classes, whose methods cannot be spread. */
export function delegated(transport: Transport): Omit<Transport, "self" | "start" | "request" | "publish"> {
  return {
    addresses: () => transport.addresses(),
    dial: (address) => transport.dial(address),
    disconnect: (peer, reason) => transport.disconnect(peer, reason),
    traffic: (peer) => transport.traffic?.(peer),
    ...(transport.totalTraffic === undefined ? {} : { totalTraffic: () => transport.totalTraffic!() }),
    stop: () => transport.stop(),
  };
}
