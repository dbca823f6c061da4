import { describe, expect, it } from "vitest";
import { MAP_SIDE, placeOf, subnetOf } from "./subnets.ts";

describe("subnets", () => {
  it.each([
    ["/ip4/203.0.113.9/tcp/30303/p2p/12D3", "203.0.0.0/16", 203],
    ["127.0.0.1", "127.0.0.0/16", 127],
    ["::ffff:10.1.2.3", "10.1.0.0/16", 10],
    ["/ip6/2001:0db8:1::5/tcp/1", "2001:db8::/32", undefined],
    ["::1", "0:0::/32", undefined],
  ])("%s is in %s", (address, name, block) => {
    expect(subnetOf(address)).toEqual({ name, block });
  });

  it.each(["12D3KooWSC3K", "/dns4/node.example/tcp/1", "999.1.1.1", "<script>", ""])(
    "%s is nowhere",
    (address) => {
      expect(subnetOf(address)).toBeUndefined();
    },
  );

  it("every first byte has a place of its own beside the one before", () => {
    const places = Array.from({ length: 256 }, (_, block) => placeOf(block));
    expect(new Set(places.map(([x, y]) => y * MAP_SIDE + x)).size).toBe(256);
    for (const [index, [x, y]] of places.entries()) {
      const [px, py] = places[Math.max(0, index - 1)]!;
      expect(Math.abs(x - px) + Math.abs(y - py)).toBe(index === 0 ? 0 : 1);
      expect(Math.max(x, y)).toBeLessThan(MAP_SIDE);
    }
  });
});
