import type { KeyedTransport, Libp2pOptions, Libp2pPorts } from "./Libp2pOptions.ts";

/** Imports libp2p lazily, which takes half a second. */
export async function createLibp2pTransport(
  options: Libp2pOptions,
  ports: Libp2pPorts,
): Promise<KeyedTransport> {
  const { openTransport } = await import("./Libp2pTransport.ts");
  return openTransport(options, ports);
}
