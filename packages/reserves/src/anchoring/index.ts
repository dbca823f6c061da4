export type { Anchor, AnchorContent, AnchorState, Attempt, Inclusion } from "./Anchor.ts";
export type { AnchorStore } from "./AnchorStore.ts";
export type { AnchoringOptions, AnchoringPorts } from "./advanceAnchor.ts";
export { type Anchoring, createAnchoring, hashTotals, type RecordBytes } from "./createAnchoring.ts";
export { anchoringErrors } from "./errors.ts";
export { openAnchorStore } from "./openAnchorStore.ts";
export type { Publication, Publications } from "./Publication.ts";
export { readAnchorFees } from "./readAnchorFees.ts";
export { type AnchorClaim, type VerifiedAnchor, verifyAnchor } from "./verifyAnchor.ts";
