import { defineErrors } from "@trellis/base";

/** What this package refuses, beside messages that are malformed: `wire/errors.ts`. */
export const networkErrors = defineErrors({
  DIAL_FAILED: {
    message: "no connection to the address could be opened",
    hint: "check the address, that the node there runs, and what lies between",
    consequence: "retry",
  },
  DIAL_REFUSED: {
    message: "this node does not connect to that peer",
    hint: "see the reason; a ban ends by itself or by admin_unban",
    consequence: "reject",
  },
  REQUEST_FAILED: {
    message: "the peer did not answer the request",
    hint: "ask another peer",
    consequence: "retry",
  },
  LISTEN_FAILED: {
    message: "the address cannot be listened on",
    hint: "choose a port that is free and an address of this machine",
    consequence: "fatal",
  },
  PEER_KEY_UNREADABLE: {
    message: "the file with this node's key for the network cannot be read",
    hint: "check its permissions; if it is damaged delete it, and the node gets a new identity",
    consequence: "fatal",
  },
  ADDRESS_INVALID: {
    message: "not an address or a peer's id that can be used here",
    hint: "give a multiaddr such as /ip4/192.0.2.1/tcp/30303/p2p/… or a pair host:port; admin_nodeInfo and admin_peers show them",
    consequence: "reject",
    facts: { address: "string", reason: "string?" },
  },
  PROTOCOL_VIOLATED: {
    message: "the peer breaks the protocol",
    hint: "the peer is faulty or means harm, or is of another network; ask another one",
    consequence: "penalise",
  },
  PEER_OVER_LIMIT: {
    message: "the peer asks for more than its share, or does not read the answers",
    hint: "ask less often, or for less",
    consequence: "retry",
  },
  REQUEST_REFUSED: {
    message: "the request is not answered here",
    hint: "send a hello first; check the versions of both nodes",
    consequence: "reject",
  },
  CONNECTION_ENDED: {
    message: "this node ended the connection",
    hint: "nothing is to be done: a newer connection serves, or something else speaks to this port",
    consequence: "ignore",
  },
  SYNC_BUSY: {
    message: "this node takes no more blocks at the moment",
    hint: "send the block again later, after a snapshot sync when that has ended",
    consequence: "retry",
  },
  RELAY_BLOCK_UNKNOWN: {
    message: "the block whose transactions are asked for is not here",
    hint: "ask a peer that announced it",
    consequence: "ignore",
  },
  NETWORK_STOPPED: {
    message: "this node's network part has stopped or stops",
    hint: "see the log for the cause; restart the process",
    consequence: "retry",
  },
  BLOCK_BELOW_PRUNED: {
    message: "the block is no higher than the oldest that is kept here, and can never be merged",
    hint: "nothing to do; an archive can tell what became of it",
    consequence: "ignore",
  },
  PEER_BOOK_CORRUPT: {
    message: "the peer book cannot be read",
    hint: "nothing: it was set aside and a new one begun; peers are found again through the bootstrap addresses",
    consequence: "ignore",
  },
  PEER_BOOK_UNAVAILABLE: {
    message: "the file of the peer book cannot be read or written",
    hint: "check the permissions of the data directory and the space on its disk",
    consequence: "retry",
  },
});
