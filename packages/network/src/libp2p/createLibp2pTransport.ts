import type { KeyedTransport, Libp2pOptions, Libp2pPorts } from "./Libp2pOptions.ts";

/** TCP with TLS 1.3 or Noise; a Kademlia DHT per chain, and mDNS. Importing libp2p takes half a second. */
export async function createLibp2pTransport(
  options: Libp2pOptions,
  ports: Libp2pPorts,
): Promise<KeyedTransport> {
  const { openTransport } = await import("./Libp2pTransport.ts");
  return openTransport(options, ports);
}
