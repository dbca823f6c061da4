import { defineErrors } from "@trellis/base";

export const libp2pErrors = defineErrors({
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
  REQUEST_TIMED_OUT: {
    message: "the peer did not answer the request in time",
    hint: "ask another peer",
    consequence: "retry",
  },
  ANSWER_TOO_LONG: {
    message: "the peer's answer is longer than what was asked for can be",
    hint: "the peer is faulty or means harm; ask another one",
    consequence: "penalise",
  },
  REQUEST_TOO_LONG: {
    message: "the peer's request is longer than any of its protocol",
    hint: "the peer is faulty or means harm",
    consequence: "penalise",
  },
  CONNECTION_REPLACED: {
    message: "the peer has connected again",
    hint: "nothing is to be done: the newer connection serves",
    consequence: "ignore",
  },
  TRANSPORT_STOPPED: {
    message: "this node's connections are closed",
    hint: "start the process again",
    consequence: "retry",
  },
  HANDSHAKE_INVALID: {
    message: "the connection does not begin as one of libp2p does",
    hint: "something else speaks to this port",
    consequence: "ignore",
  },
  STREAM_INVALID: {
    message: "the peer does not say which protocol a stream speaks, or sends messages without an end",
    hint: "the peer is faulty or means harm",
    consequence: "penalise",
  },
  CONNECTION_FLOODED: {
    message: "the peer sends more than any protocol needs",
    hint: "the peer is faulty or means harm; it may connect again unless it is banned",
    consequence: "penalise",
  },
  ANSWER_NOT_READ: {
    message: "the peer asks for answers that it does not read",
    hint: "the line to the peer is too slow, or it means harm; it may connect again unless it is banned",
    consequence: "retry",
  },
  ADDRESS_INVALID: {
    message: "not an address that this node could be reached at, or reach",
    hint: "give a multiaddr such as /ip4/192.0.2.1/tcp/30303 or a pair host:port",
    consequence: "reject",
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
});
