import { identify } from "@libp2p/identify";
import { kadDHT } from "@libp2p/kad-dht";
import { ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { tls } from "@libp2p/tls";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p } from "libp2p";
import { afterEach, expect, it, vi } from "vitest";
import { usableAddresses } from "./addresses.ts";
import { guardedDht } from "./guardDht.ts";
import { eventually } from "./testing/eventually.ts";

const PREFIX = "trellis/1";
const PROTOCOL = `/${PREFIX}/kad/1.0.0`;
const running: Libp2p[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

const parts = (announce: string[]) => ({
  addresses: { listen: ["/ip4/127.0.0.1/tcp/0"], appendAnnounce: announce },
  transports: [tcp()],
  connectionEncrypters: [tls()],
  streamMuxers: [yamux()],
});
const services = { identify: identify({ protocolPrefix: PREFIX }), ping: ping({ protocolPrefix: PREFIX }) };

async function startPeer(announce: string[] = []): Promise<Libp2p> {
  const peer = await createLibp2p({ ...parts(announce), services });
  running.push(peer);
  await peer.handle(PROTOCOL, (stream) => stream.abort(new Error("busy")));
  return peer;
}

it("LINK-19: offers only dialable peers to the DHT's table", async () => {
  const offers: (() => unknown)[] = [];
  const create = kadDHT({
    protocol: PROTOCOL,
    clientMode: false,
    peerInfoMapper: ({ id, multiaddrs }) => ({ id, multiaddrs: usableAddresses(multiaddrs, 2) }),
  });
  const dht = guardedDht(create, {
    after(_delayMs, offer) {
      offers.push(offer);
      return { cancel() {} };
    },
  });
  const node = await createLibp2p({ ...parts([]), services: { ...services, dht } });
  running.push(node);
  const identified = new Set<string>();
  node.addEventListener("peer:identify", ({ detail }) => identified.add(detail.peerId.toString()));
  const [near, far] = [await startPeer(), await startPeer(["/ip4/198.51.100.1/tcp/30303"])];
  for (const peer of [near, far]) await peer.dial(node.getMultiaddrs());
  await eventually(() => identified.size === 2);
  const { routingTable } = node.services.dht as unknown as {
    routingTable: { queueRoutingTableUpdate(peer: unknown): void };
  };
  const offered = vi.spyOn(routingTable, "queueRoutingTableUpdate");
  await offers.at(-1)!();
  const peers = offered.mock.calls.map(([peer]) => String(peer));
  expect(peers).toContain(far.peerId.toString());
  expect(peers).not.toContain(near.peerId.toString());
});
