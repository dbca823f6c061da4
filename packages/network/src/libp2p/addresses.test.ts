import { multiaddr } from "@multiformats/multiaddr";
import { describe, expect, it } from "vitest";
import {
  acceptPeerAddress,
  ipOf,
  isPeerId,
  parseAddress,
  peerOf,
  reachOf,
  reachWanted,
  usableAddresses,
  withPeer,
} from "./addresses.ts";

const PEER = "12D3KooWGRUacWySgUM6DVDWF7tMYKm8pMwbEFeRkqyPjF3mAaUH";

describe("parseAddress", () => {
  it.each([
    ["/ip4/0.0.0.0/tcp/30303", "/ip4/0.0.0.0/tcp/30303"],
    [`/ip4/192.0.2.1/tcp/1/p2p/${PEER}`, `/ip4/192.0.2.1/tcp/1/p2p/${PEER}`],
    ["/dns4/seed.example.org/tcp/30303", "/dns4/seed.example.org/tcp/30303"],
    ["192.0.2.1:30303", "/ip4/192.0.2.1/tcp/30303"],
    [":0", "/ip4/0.0.0.0/tcp/0"],
    ["[::1]:30303", "/ip6/::1/tcp/30303"],
    ["seed.example.org:30303", "/dns/seed.example.org/tcp/30303"],
  ])("%s", (text, expected) => {
    expect(parseAddress(text)).toBe(expected);
  });

  it.each([
    "",
    "30303",
    "/",
    "/ip4/1.2.3.4",
    "/ip4/1.2.3.4/udp/1",
    "/ip4/1.2.3.4/udp/1/quic-v1",
    "/ip4/1.2.3.400/tcp/1",
    "1.2.3.4:99999",
    "host:port",
    `/p2p/${PEER}`,
    "/ip4/1.2.3.4/tcp/1/p2p/nobody",
    "/ip4/1.2.3.4/tcp/1/ws",
  ])("ADDRESS_INVALID: %s", (text) => {
    expect(() => parseAddress(text)).toThrowError(expect.objectContaining({ code: "ADDRESS_INVALID" }));
  });
});

it("ipOf and peerOf parse an address", () => {
  expect(ipOf(multiaddr("/ip6/::ffff:192.0.2.1/tcp/1"))).toBe("192.0.2.1");
  expect(ipOf(multiaddr("/dns/example.org/tcp/1"))).toBeUndefined();
  expect(peerOf(multiaddr(withPeer(multiaddr("/ip4/1.2.3.4/tcp/1"), PEER)))).toBe(PEER);
});

describe("LINK-10: usable addresses", () => {
  const at = (ip: string) => multiaddr(`/ip4/${ip}/tcp/1`);
  const all = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.0.2.1"].map(at);
  const usable = (own: readonly string[], from = "192.0.2.9") =>
    usableAddresses(all, reachWanted(own.map(at), reachOf(at(from)))).map(ipOf);
  const everywhere = ["127.0.0.1", "192.168.0.4", "198.51.100.1"];

  it("on loopback: all", () => {
    expect(usable(["127.0.0.1"])).toEqual(["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.0.2.1"]);
  });

  it("on a private network: no loopback", () => {
    expect(usable(["127.0.0.1", "192.168.0.4"])).toEqual(["10.1.2.3", "172.16.0.1", "192.0.2.1"]);
  });

  it("on a public address: public ones", () => {
    expect(usable(everywhere)).toEqual(["192.0.2.1"]);
  });

  it("of a peer on the same machine or network: equally near addresses", () => {
    expect(usable(everywhere, "127.0.0.1")).toEqual(["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.0.2.1"]);
    expect(usable(everywhere, "10.0.0.1")).toEqual(["10.1.2.3", "172.16.0.1", "192.0.2.1"]);
  });

  it("omits addresses that this node cannot dial", () => {
    expect(usableAddresses([multiaddr("/ip4/192.0.2.1/udp/1/quic-v1")], 0)).toEqual([]);
  });
});

it("isPeerId", () => {
  expect(isPeerId(PEER)).toBe(true);
  for (const text of ["", "nobody", "192.0.2.1", `${PEER}x`, PEER.slice(1)])
    expect(isPeerId(text)).toBe(false);
});

describe("LINK-10: an address that a connected peer names", () => {
  const own = (ip: string) => [`/ip4/${ip}/tcp/1/p2p/${PEER}`];
  const [near, far] = [`/ip4/192.168.0.7/tcp/2/p2p/${PEER}`, `/ip4/198.51.100.1/tcp/2/p2p/${PEER}`];

  it.each([
    [far, "/ip4/198.51.100.1/tcp/1", own("198.51.100.2")],
    [near, "/ip4/192.168.0.7/tcp/1", own("198.51.100.2")],
    [near, "/ip4/198.51.100.1/tcp/1", own("192.168.0.3")],
    [far, "/ip4/127.0.0.1/tcp/1", own("127.0.0.1")],
  ])("is used: %s at %s", (address, connectedAt, ours) => {
    expect(acceptPeerAddress(address, connectedAt, ours)).toBe(address);
  });

  it.each([
    [near, "/ip4/198.51.100.1/tcp/1", own("198.51.100.2")],
    ["/ip4/198.51.100.1/tcp/2", "/ip4/198.51.100.1/tcp/1", own("198.51.100.2")],
    [`/ip4/198.51.100.1/udp/2/quic-v1/p2p/${PEER}`, "/ip4/198.51.100.1/tcp/1", own("198.51.100.2")],
    ["/ip4/198.51.100.1/tcp/2/p2p/nobody", "/ip4/198.51.100.1/tcp/1", own("198.51.100.2")],
    ["anything", "/ip4/127.0.0.1/tcp/1", own("127.0.0.1")],
  ])("is ignored: %s at %s", (address, connectedAt, ours) => {
    expect(acceptPeerAddress(address, connectedAt, ours)).toBeUndefined();
  });
});
