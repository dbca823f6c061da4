export { isDialAddress } from "./book/PeerBook.ts";
export { MemoryPeerBookStore, type PeerBookStore } from "./book/PeerBookStore.ts";
export { SystemPeerBookFile } from "./book/systemPeerBookFile.ts";
export { createBucketRates } from "./bucketRates.ts";
export { peerOfAddress } from "./ip.ts";
export type { ConnectionLimits } from "./limits.ts";
export { openPeers } from "./openPeers.ts";
export type { PeerManager } from "./PeerManager.ts";
