import type { MultiaddrConnection } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { silentLog } from "@trellis/base";
import { expect, it } from "vitest";
import { Gater } from "./Gater.ts";
import { LIBP2P_LIMITS } from "./limits.ts";

const ADDRESS = multiaddr("/ip4/192.0.2.1/tcp/1/p2p/12D3KooWGRUacWySgUM6DVDWF7tMYKm8pMwbEFeRkqyPjF3mAaUH");

it("LINK-4: libp2p dials a peer rarely, and the node at any time", async () => {
  const gater = new Gater({ refusal: () => undefined, connections: () => [], log: silentLog });
  expect(gater.denyDialMultiaddr(ADDRESS)).toBe(false);
  expect(gater.denyDialMultiaddr(ADDRESS)).toBe(true);
  expect(await gater.dialling(ADDRESS, async () => gater.denyDialMultiaddr(ADDRESS))).toBe(false);
  expect(gater.denyDialMultiaddr(ADDRESS)).toBe(true);
});

it("LINK-4: the node refuses an address before it is dialled", () => {
  const asked: unknown[] = [];
  const refusal = (facts: unknown) => {
    asked.push(facts);
    return "address banned" as const;
  };
  const gater = new Gater({ refusal, connections: () => [], log: silentLog });
  expect(gater.denyDialMultiaddr(ADDRESS)).toBe(true);
  expect(asked).toMatchObject([{ direction: "outbound", ip: "192.0.2.1" }]);
});

it("LINK-4: limits concurrent handshakes per address; each counts until it completes or its connection ends", () => {
  const gater = new Gater({ refusal: () => undefined, connections: () => [], log: silentLog });
  const open = () =>
    Object.assign(new EventTarget(), { remoteAddr: ADDRESS }) as unknown as MultiaddrConnection & EventTarget;
  const pending = Array.from({ length: LIBP2P_LIMITS.handshakesPerIpMax }, open);
  for (const connection of pending) expect(gater.denyInboundConnection(connection)).toBe(false);
  expect(gater.denyInboundConnection(open())).toBe(true);
  gater.denyInboundEncryptedConnection("peer" as never, pending[0]!);
  pending[0]!.dispatchEvent(new Event("close"));
  expect([open(), open()].map(gater.denyInboundConnection)).toEqual([false, true]);
  pending[1]!.dispatchEvent(new Event("close"));
  expect([open(), open()].map(gater.denyInboundConnection)).toEqual([false, true]);
});
