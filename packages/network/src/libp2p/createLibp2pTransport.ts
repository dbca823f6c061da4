import type { Transport } from "../transport/Transport.ts";
import type { Libp2pOptions, Libp2pPorts } from "./Libp2pOptions.ts";

/**
 * Peers over TCP with TLS 1.3, or Noise where the peer has no TLS; found through those that are known already, a
 * Kademlia DHT of the chain's own, and mDNS. Loads libp2p (half a second) only now.
 */
export async function createLibp2pTransport(options: Libp2pOptions, ports: Libp2pPorts): Promise<Transport> {
  const { openTransport } = await import("./Libp2pTransport.ts");
  return openTransport(options, ports);
}
