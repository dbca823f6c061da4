export { type DialCandidate, isDialAddress } from "./book/PeerBook.ts";
export { MemoryPeerBookStore, type PeerBookStore } from "./book/PeerBookStore.ts";
export { SystemPeerBookFile } from "./book/systemPeerBookFile.ts";
export { type BucketRates, createBucketRates } from "./bucketRates.ts";
export { peerErrors } from "./errors.ts";
export { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "./limits.ts";
export { openPeers, type Peers, type PeersOptions, type PeersPorts } from "./openPeers.ts";
export type { Offence, PeerGuard } from "./PeerGuard.ts";
export { PeerManager } from "./PeerManager.ts";
