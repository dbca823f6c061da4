import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressList, parseNetwork, readNetworks } from "./AddressList.ts";
import { addressKey, isLoopback, normalAddress } from "./address.ts";
import { clientAddress } from "./clientAddress.ts";

describe("client addresses [GUARD-1]", () => {
  it.each([
    ["203.0.113.7", "203.0.113.7", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7", "203.0.113.7"],
    ["::FFFF:7f00:1", "127.0.0.1", "127.0.0.1"],
    ["2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8:0:0::/64"],
    ["2001:db8:0:0:ffff::", "2001:db8:0:0:ffff:0:0:0", "2001:db8:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0:0:0:0:1", "fe80:0:0:0::/64"],
    ["::", "0:0:0:0:0:0:0:0", "0:0:0:0::/64"],
  ])("%s counts as one client", (text, normal, key) => {
    expect(normalAddress(text)).toBe(normal);
    expect(addressKey(normal)).toBe(key);
  });

  it.each(["", "1.2.3", "1.2.3.4.5", "::1::", "localhost", "1.2.3.4:80", "unknown", "::ffff:1.2.3.256"])(
    "%j is no address",
    (text) => expect(normalAddress(text)).toBeUndefined(),
  );

  it("all forms of an IPv6 address have one normal form, which is a fixed point", () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        const normal = normalAddress(text)!;
        expect(normalAddress(normal)).toBe(normal);
        expect(normalAddress(text.toUpperCase())).toBe(normal);
      }),
    );
  });

  it("any text is an address or none, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."0123456789abcdf.:/%[] ,xF") }), (text) => {
        const normal = normalAddress(text);
        if (normal !== undefined) expect(normalAddress(normal)).toBe(normal);
        const network = parseNetwork(text);
        if (network !== undefined) expect(new AddressList([text]).has(network.address)).toBe(true);
        expect(readNetworks(text).networks.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("AddressList", () => {
  it("contains networks exactly, also of IPv4-mapped addresses", () => {
    const list = new AddressList(["203.0.113.0/24", "2001:db8::/32", "::ffff:10.0.0.0/104", "192.0.2.1"]);
    for (const inside of ["203.0.113.0", "203.0.113.255", "10.255.0.1", "192.0.2.1"]) {
      expect(list.has(inside), inside).toBe(true);
    }
    expect(list.has(normalAddress("2001:db8:ffff::1")!)).toBe(true);
    for (const outside of ["203.0.112.255", "203.0.114.0", "11.0.0.0", "192.0.2.2"]) {
      expect(list.has(outside), outside).toBe(false);
    }
    expect(list.has(normalAddress("2001:db9::")!)).toBe(false);
  });

  it.each([
    "203.0.113.0/33",
    "::/129",
    "::ffff:1.2.3.4/95",
    "1.2.3.4/",
    "1.2.3.4/x",
    "fe80::1%1/64",
    "example",
  ])("%s is no network", (text) => expect(parseNetwork(text)).toBeUndefined());

  it("reads files with comments, and names invalid lines", () => {
    const text = "# office\n203.0.113.0/24 # all\n\nnonsense\r\n 2001:db8::1\n1.2.3.4/40";
    expect(readNetworks(text)).toEqual({ networks: ["203.0.113.0/24", "2001:db8::1"], invalidLines: [4, 6] });
  });
});

describe("clients of proxies [GUARD-1]", () => {
  const trusted = new AddressList(["127.0.0.0/8", "10.0.0.0/8"]);
  const client = (peer: string | undefined, headers: Record<string, string> = {}) =>
    clientAddress({ peer, headers }, trusted);

  it("ignores what strangers send", () => {
    expect(client("203.0.113.7", { "x-forwarded-for": "127.0.0.1" })).toBe("203.0.113.7");
    expect(client("203.0.113.7", { forwarded: "for=127.0.0.1" })).toBe("203.0.113.7");
  });

  it("takes the nearest address that is no trusted proxy", () => {
    const chain = { "x-forwarded-for": "127.0.0.1, 198.51.100.1, 203.0.113.7, 10.1.2.3" };
    expect(client("::ffff:127.0.0.1", chain)).toBe("203.0.113.7");
    expect(client("10.0.0.1", { "x-forwarded-for": "203.0.113.7:4711" })).toBe("203.0.113.7");
    expect(client("10.0.0.1", { forwarded: 'for=9.9.9.9, for="[2001:db8::1]:4711";proto=https' })).toBe(
      "2001:db8:0:0:0:0:0:1",
    );
    expect(client("127.0.0.1", { "x-forwarded-for": "10.0.0.9" })).toBe("10.0.0.9");
    expect(client("127.0.0.1")).toBe("127.0.0.1");
  });

  it("is unknown where a trusted proxy sends no address, or an untrusted one is on this machine", () => {
    for (const value of ["unknown", "", "203.0.113.7, _hidden", "203.0.113.7,"]) {
      expect(client("127.0.0.1", { "x-forwarded-for": value }), value).toBeUndefined();
    }
    expect(client("127.0.0.1", { via: "1.1 proxy" })).toBeUndefined();
    expect(client("10.0.0.1", { forwarded: "for=unknown" })).toBeUndefined();
    expect(client(undefined)).toBeUndefined();
    const none = new AddressList([]);
    expect(
      clientAddress({ peer: "::1", headers: { "x-forwarded-for": "203.0.113.7" } }, none),
    ).toBeUndefined();
  });

  it("any chain ends at an address outside the trusted networks, at their farthest, or is unknown", () => {
    const hop = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 12 }), fc.constant("10.0.0.1"));
    fc.assert(
      fc.property(fc.array(hop, { maxLength: 6 }), (hops) => {
        const found = client("127.0.0.1", { "x-forwarded-for": hops.join(",") });
        if (found === undefined) return;
        expect(normalAddress(found)).toBe(found);
        const isFarthest = hops
          .map((text) => normalAddress(text.trim()))
          .every((at) => at && trusted.has(at));
        if (trusted.has(found)) expect(isFarthest || hops.some((text) => text.includes(","))).toBe(true);
      }),
    );
  });

  it("recognises loopback", () => {
    expect(["127.0.0.1", "127.9.9.9", normalAddress("::1")!].map(isLoopback)).toEqual([true, true, true]);
    expect(["128.0.0.1", normalAddress("::2")!].map(isLoopback)).toEqual([false, false]);
  });
});
