export { isPeerId, parseAddress } from "./addresses.ts";
export { createLibp2pTransport, type Libp2pOptions, type Libp2pPorts } from "./createLibp2pTransport.ts";
export { libp2pErrors } from "./errors.ts";
export { openPeerKey } from "./systemPeerKey.ts";
