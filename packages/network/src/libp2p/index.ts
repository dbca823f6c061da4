export { acceptPeerAddress, acceptSeed, isPeerId, parseAddress, parseBootstrap } from "./addresses.ts";
export { createLibp2pTransport } from "./createLibp2pTransport.ts";
export type { KeyedTransport, Libp2pOptions, Libp2pPorts } from "./Libp2pOptions.ts";
export { openPeerKey, readPeerKey } from "./systemPeerKey.ts";
