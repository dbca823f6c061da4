import type { NetworkControl } from "@trellis/protocol";
import { type Decoder, malformed, text } from "../../decoding/Decoder.ts";
import { count } from "../../decoding/hex.ts";
import { encodeBan, encodeNode, encodePeer } from "../../encoding/peer.ts";
import { rpcErrors } from "../../errors.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod, optional, required } from "../Method.ts";

const admin = { role: "admin" } as const;

/** Longer than any multiaddr with a key. */
const TEXT_CHARACTERS_MAX = 256;

const shortText: Decoder<string> = {
  schema: { type: "string", minLength: 1, maxLength: TEXT_CHARACTERS_MAX },
  decode(value) {
    const given = text.decode(value);
    if (given.length >= 1 && given.length <= TEXT_CHARACTERS_MAX) return given;
    return malformed(`want between 1 and ${TEXT_CHARACTERS_MAX} characters`);
  },
};

export const adminMethods = [
  defineMethod({
    ...admin,
    name: "admin_peers",
    summary:
      "Returns connected peers as geth does, with their score, last offences and whether they are trusted.",
    handle: ({ network }) => (network?.peers() ?? []).map(encodePeer),
  }),
  defineMethod({
    ...admin,
    name: "admin_nodeInfo",
    summary: "Returns this node's identity; `enode` is its dial address with the public key.",
    handle: ({ network, chain }) => encodeNode(chain, network?.nodeInfo()),
  }),
  defineMethod({
    ...admin,
    name: "admin_addPeer",
    summary: "Adds a static peer and keeps a connection to it; returns true before it is connected.",
    params: [required("address", shortText)],
    async handle(node, [address]) {
      await controlOf(node).addPeer(address);
      return true;
    },
  }),
  defineMethod({
    ...admin,
    name: "admin_removePeer",
    summary:
      "Disconnects a peer by id or address and removes it from the static peers; returns false if it is unknown.",
    params: [required("peer", shortText)],
    handle: (node, [peer]) => controlOf(node).removePeer(peer),
  }),
  defineMethod({
    ...admin,
    name: "admin_ban",
    summary: "Bans a peer id or an IP address for some seconds, or permanently.",
    params: [
      required("target", shortText),
      optional("seconds", count),
      optional("reason", shortText, "by the operator"),
    ],
    async handle(node, [target, seconds, reason]) {
      await controlOf(node).ban(target, reason, seconds === undefined ? undefined : seconds * 1_000);
      return true;
    },
  }),
  defineMethod({
    ...admin,
    name: "admin_unban",
    summary: "Removes the ban of a peer id or an IP address; returns false if there is none.",
    params: [required("target", shortText)],
    handle: (node, [target]) => controlOf(node).unban(target),
  }),
  defineMethod({
    ...admin,
    name: "admin_bans",
    summary: "Returns the active bans with reason and expiry (ISO 8601; null: permanent).",
    handle: ({ networkControl }) => (networkControl?.bans() ?? []).map(encodeBan),
  }),
];

function controlOf({ networkControl }: Pick<RpcNode, "networkControl">): NetworkControl {
  if (networkControl !== undefined) return networkControl;
  throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "this node has no network" });
}
