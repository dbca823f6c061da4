import { bytesToHex, quantityToHex } from "@trellis/base";
import { defineMethod } from "../Method.ts";

/** Newest Ethereum protocol; Trellis has its own. */
const PROTOCOL_VERSION = "0x44";

export const nodeMethods = [
  defineMethod({
    name: "eth_chainId",
    summary: "The chain id that transactions are signed for (EIP-155).",
    handle: ({ chain }) => quantityToHex(chain.parameters.chainId),
  }),
  defineMethod({
    name: "eth_blockNumber",
    summary: "The number of the newest chain block.",
    handle: ({ chain }) => quantityToHex(chain.head().header.number),
  }),
  defineMethod({
    name: "eth_syncing",
    summary: "Progress while the node catches up with the network, otherwise false.",
    handle({ network }) {
      const progress = network?.syncing();
      if (progress === undefined) return false;
      return {
        startingBlock: quantityToHex(progress.startingBlock),
        currentBlock: quantityToHex(progress.currentBlock),
        highestBlock: quantityToHex(progress.highestBlock),
      };
    },
  }),
  defineMethod({
    name: "eth_protocolVersion",
    summary: "A version of Ethereum's wire protocol, for clients that insist on one.",
    handle: () => PROTOCOL_VERSION,
  }),
  defineMethod({
    name: "eth_coinbase",
    summary: "The miner of the newest chain block.",
    handle: ({ chain }) => chain.head().header.miner,
  }),
  defineMethod({
    name: "eth_mining",
    summary: "Whether this node mines on demand; trellis_getStreams tells how the network mines.",
    handle: ({ devControl }) => devControl !== undefined,
  }),
  defineMethod({
    name: "eth_hashrate",
    summary: "Always zero: miners do not report to the node.",
    handle: () => "0x0",
  }),
  defineMethod({
    name: "eth_accounts",
    summary: "Accounts whose keys this node holds.",
    handle: ({ signers }) => [...signers.values()].map(({ address }) => bytesToHex(address)),
  }),
];
