import { quantityToHex } from "@trellis/base";
import { defineMethod } from "../Method.ts";

export const netMethods = [
  defineMethod({
    name: "net_version",
    summary: "Returns the chain id in decimal.",
    handle: ({ chain }) => `${chain.parameters.chainId}`,
  }),
  defineMethod({
    name: "net_listening",
    summary:
      "Returns whether the node accepts connections from peers; always true on a chain without a network.",
    handle: ({ network }) => network?.isListening() ?? true,
  }),
  defineMethod({
    name: "net_peerCount",
    summary: "Returns the number of connected peers.",
    handle: ({ network }) => quantityToHex(network?.peers().length ?? 0),
  }),
];
