import type { Transport as Libp2pTransport } from "@libp2p/interface";
import { guardNegotiation } from "./guardNegotiation.ts";

export const ENCRYPTIONS: ReadonlySet<string> = new Set(["/tls/1.0.0", "/noise"]);

/** [LINK-5] */
export function guardedDialling<Components>(
  create: (components: Components) => Libp2pTransport,
): (components: Components) => Libp2pTransport {
  return (components) => {
    const transport = create(components);
    const dial = transport.dial.bind(transport);
    transport.dial = (address, options) => {
      const { upgrader } = options;
      const guarded = Object.create(upgrader) as typeof upgrader;
      guarded.upgradeOutbound = (connection, upgradeOptions) => {
        guardNegotiation(connection, ENCRYPTIONS);
        return upgrader.upgradeOutbound(connection, upgradeOptions);
      };
      return dial(address, { ...options, upgrader: guarded });
    };
    return transport;
  };
}
