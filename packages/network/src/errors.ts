import { defineErrors } from "@trellis/base";

export const networkErrors = defineErrors({
  DIAL_FAILED: {
    message: "connection to the address failed",
    hint: "check that the node is running, its address, the network and firewalls",
    consequence: "retry",
  },
  PEER_REFUSED: {
    message: "connection or request refused by this node",
    hint: "see the reason: a ban expires or is lifted by admin_unban; a request requires a completed handshake and compatible versions",
    consequence: "reject",
  },
  REQUEST_FAILED: {
    message: "no response from the peer",
    hint: "request from another peer",
    consequence: "retry",
  },
  PROTOCOL_UNSUPPORTED: {
    message: "peer does not support the protocol",
    hint: "no action needed: another peer is asked; the peer's version is older or newer",
    consequence: "retry",
  },
  LISTEN_FAILED: {
    message: "cannot listen on the address",
    hint: "choose a free port and an address of this machine",
    consequence: "fatal",
  },
  PEER_KEY_UNREADABLE: {
    message: "node key file cannot be read",
    hint: "check its permissions; if it is damaged, delete it, and the node creates a new identity",
    consequence: "fatal",
  },
  ADDRESS_INVALID: {
    message: "invalid peer address or peer id",
    hint: "use a multiaddr such as /ip4/192.0.2.1/tcp/30303/p2p/… or host:port; admin_nodeInfo and admin_peers show them",
    consequence: "reject",
    facts: { address: "string", reason: "string?" },
  },
  PROTOCOL_VIOLATED: {
    message: "peer violated the protocol",
    hint: "use another peer: this one is faulty, malicious, or on another network",
    consequence: "penalise",
  },
  PEER_OVER_LIMIT: {
    message: "peer exceeds its rate limit, or does not read responses",
    hint: "request less, or less often",
    consequence: "retry",
  },
  CONNECTION_ENDED: {
    message: "connection closed by this node",
    hint: "no action needed: a newer connection replaced it, or the other side is not a node",
    consequence: "ignore",
  },
  SYNC_BUSY: {
    message: "node temporarily accepts no more blocks",
    hint: "send the block again later, after any state sync in progress",
    consequence: "retry",
  },
  RELAY_BLOCK_UNKNOWN: {
    message: "block of the requested transactions not known",
    hint: "request from a peer that announced the block",
    consequence: "ignore",
  },
  NETWORK_STOPPED: {
    message: "network layer stopped",
    hint: "see the log for the cause, and restart the process",
    consequence: "retry",
  },
  BLOCK_BELOW_PRUNED: {
    message: "block below the pruning point",
    hint: "no action needed: the block can never be merged; an archive node can report its status",
    consequence: "ignore",
  },
  PEER_BOOK_CORRUPT: {
    message: "peer book damaged",
    hint: "no action needed: the file was renamed, and the node finds peers through the bootstrap addresses",
    consequence: "ignore",
  },
  PEER_BOOK_UNAVAILABLE: {
    message: "peer book cannot be read or written",
    hint: "check the permissions and free space of the data directory",
    consequence: "retry",
  },
});
