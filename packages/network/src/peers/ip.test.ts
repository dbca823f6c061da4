import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostOf, ipOfAddress, peerOfAddress, placeOf } from "./ip.ts";

describe("PEER-9: class of an address", () => {
  it.each([
    ["192.0.2.77", "192.0.2.77", "192.0.2.0/24"],
    ["::ffff:192.0.2.77", "192.0.2.77", "192.0.2.0/24"],
    ["::ffff:c000:24d", "192.0.2.77", "192.0.2.0/24"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64", "2001:db8:1::/48"],
    ["2001:db8::9", "2001:db8:0:0::/64", "2001:db8:0::/48"],
    ["fe80::1%eth0", "fe80:0:0:0::/64", "fe80:0:0::/48"],
    ["64:ff9b::192.0.2.1", "64:ff9b:0:0::/64", "64:ff9b:0::/48"],
    ["no address", "no address", "no address"],
  ])("%s", (ip, host, subnet) => expect(placeOf(ip)).toMatchObject({ host, subnet, isLoopback: false }));

  it.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])("%s is loopback", (ip) =>
    expect(placeOf(ip).isLoopback).toBe(true),
  );

  it("a displayed host can be parsed again", () => {
    for (const ip of ["192.0.2.77", "2001:db8:1:2:3:4:5:6", "::1"]) {
      const { host } = placeOf(ip);
      expect(hostOf(ip)).toBe(host);
      expect(hostOf(host)).toBe(host);
    }
    expect(hostOf("12D3KooWsomebody")).toBeUndefined();
  });

  it("of any IPv4 and IPv6 address, with the host within its subnet", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        const { host, subnet } = placeOf(ip);
        const prefix = subnet.includes(":") ? subnet.replace("::/48", ":") : subnet.replace("0/24", "");
        expect(host.startsWith(prefix)).toBe(true);
        expect(hostOf(host)).toBe(host);
      }),
    );
  });

  it("is read from multiaddrs", () => {
    expect(peerOfAddress("/ip4/192.0.2.1/tcp/30303/p2p/a")).toBe("a");
    for (const address of ["/ip4/192.0.2.1/tcp/1", "/p2p/a/p2p-circuit", "sim/3", "/p2p/"]) {
      expect(peerOfAddress(address)).toBeUndefined();
    }
    expect(ipOfAddress("/ip4/192.0.2.1/tcp/30303/p2p/a")).toBe("192.0.2.1");
    expect(ipOfAddress("/ip6/2001:db8::1/tcp/30303")).toBe("2001:db8::1");
    for (const address of ["/dns4/example.org/tcp/1", "/ip4/999.0.0.1/tcp/1", "sim/3", ""]) {
      expect(ipOfAddress(address)).toBeUndefined();
    }
  });
});
