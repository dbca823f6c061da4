export { liabilitiesErrors } from "./errors.ts";
export type { LiabilityScheme } from "./LiabilityScheme.ts";
export { createDenseTree } from "./plain/createDenseTree.ts";
export type { DenseTree } from "./plain/DenseTree.ts";
export {
  liabilityScheme,
  openLiabilityTree,
  plainScheme,
  privateSumScheme,
  sumScheme,
} from "./schemes.ts";
export { createSegmentPool, type SegmentPool } from "./sum/createSegmentPool.ts";
export type { BuildPorts, BuildProgress } from "./tree/BuildPorts.ts";
export type { CustomerRow } from "./tree/CustomerRow.ts";
export type { LiabilityTree } from "./tree/LiabilityTree.ts";
export type { ImageSource } from "./tree/readImage.ts";
export type { SegmentBuilder, SegmentResult, SegmentTask } from "./tree/SegmentBuilder.ts";
export { checkTerms, type SnapshotTerms } from "./tree/SnapshotTerms.ts";
export type { ImageChange } from "./tree/TreeImage.ts";
export * from "./verify/index.ts";
