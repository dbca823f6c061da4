import { bytesToHex, quantityToHex } from "@trellis/base";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod } from "../Method.ts";

/** Newest Ethereum wire protocol; Trellis has its own. */
const PROTOCOL_VERSION = "0x44";

export const nodeMethods = [
  defineMethod({
    name: "eth_chainId",
    summary: "Returns the chain id for transaction signatures (EIP-155).",
    handle: ({ chain }) => quantityToHex(chain.parameters.chainId),
  }),
  defineMethod({
    name: "eth_blockNumber",
    summary: "Returns the number of the newest chain block.",
    handle: ({ chain }) => quantityToHex(chain.head().header.number),
  }),
  defineMethod({
    name: "eth_syncing",
    summary: "Returns the sync progress, or false if the node is synced.",
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
    summary: "Returns an Ethereum wire protocol version, for clients that require one.",
    handle: () => PROTOCOL_VERSION,
  }),
  defineMethod({
    name: "eth_coinbase",
    summary: "Returns the miner of the newest chain block, or the one set on a devnet.",
    handle({ chain, devControl }) {
      const commands = devControl?.commands;
      return (typeof commands === "object" ? commands.miner : undefined) ?? chain.head().header.miner;
    },
  }),
  defineMethod({
    name: "eth_mining",
    summary: "Returns whether this node mines on demand; see trellis_getStreams for the network's mining.",
    handle: ({ devControl }) => devControl !== undefined,
  }),
  defineMethod({
    name: "eth_hashrate",
    summary: "Returns zero: miners do not report to the node.",
    handle: () => "0x0",
  }),
  defineMethod({
    name: "eth_accounts",
    summary: "Returns the accounts whose keys this node holds.",
    handle: accountsOf,
  }),
  defineMethod({
    name: "eth_requestAccounts",
    summary: "Returns the accounts whose keys this node holds, as eth_accounts (EIP-1102).",
    handle: accountsOf,
  }),
];

function accountsOf({ signers }: Pick<RpcNode, "signers">): string[] {
  return [...signers.values()].map(({ address }) => bytesToHex(address));
}
