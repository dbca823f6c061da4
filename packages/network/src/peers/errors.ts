import { defineErrors } from "@trellis/base";

export const peerErrors = defineErrors({
  PEER_TARGET_INVALID: {
    message: "neither a peer's id nor an IP address",
    hint: "take the id or the address from admin_peers",
    consequence: "reject",
    facts: { target: "string", reason: "string?" },
  },
  PEER_ADDRESS_INVALID: {
    message: "not an address at which a peer can be dialled",
    hint: "write it as admin_nodeInfo of the other node shows it: /ip4/…/tcp/…/p2p/…",
    consequence: "reject",
    facts: { address: "string", reason: "string?" },
  },
  PEER_BUCKET_UNKNOWN: {
    message: "no rate is set for this kind of message",
    hint: "add it to the table of bucket rates",
    consequence: "reject",
  },
  PEER_LIMITS_INVALID: {
    message: "the limits of peers contradict each other",
    hint: "see the rule",
    consequence: "fatal",
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
