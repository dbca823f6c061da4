import { quantityToHex } from "@trellis/base";
import { defineMethod } from "../Method.ts";

export const netMethods = [
  defineMethod({
    name: "net_version",
    summary: "The chain id in decimal.",
    handle: ({ chain }) => `${chain.parameters.chainId}`,
  }),
  defineMethod({
    name: "net_listening",
    summary: "Whether the node takes connections from peers; always true on a chain without a network.",
    handle: ({ network }) => network?.isListening() ?? true,
  }),
  defineMethod({
    name: "net_peerCount",
    summary: "How many peers the node is connected to.",
    handle: ({ network }) => quantityToHex(network?.peers().length ?? 0),
  }),
];
