import type { Transport } from "../transport/Transport.ts";

/** Transports are classes, whose methods cannot be spread. */
export function decorate(
  transport: Transport,
  own: Partial<Pick<Transport, "start" | "request" | "publish">>,
): Transport {
  return {
    get self() {
      return transport.self;
    },
    addresses: () => transport.addresses(),
    start: (...given) => transport.start(...given),
    dial: (address) => transport.dial(address),
    disconnect: (peer, reason) => transport.disconnect(peer, reason),
    request: (...given) => transport.request(...given),
    publish: (...given) => transport.publish(...given),
    traffic: (peer) => transport.traffic?.(peer),
    ...(transport.totalTraffic === undefined ? {} : { totalTraffic: () => transport.totalTraffic!() }),
    stop: () => transport.stop(),
    ...own,
  };
}
