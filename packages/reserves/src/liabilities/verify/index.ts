/** Runs without Node.js. */
export { liabilitiesErrors } from "../errors.ts";
export { amountText } from "./amountText.ts";
export type { Asset, AssetList, Balances } from "./assetList.ts";
export { hashAssetList } from "./assetList.ts";
export { type Digest, HASH_NAMES, type HashName, portableHashes } from "./hashes.ts";
export { ASSETS_MAX } from "./limits.ts";
export type { LeafOpening, ProofFile } from "./ProofFile.ts";
export type { SumNode } from "./preimages.ts";
export { decodeProof, encodeProof } from "./proofBinary.ts";
export { proofFromJson, proofToJson } from "./proofJson.ts";
export { encodeRootRecord, hashRootRecord, type RootRecord, type SchemeName } from "./RootRecord.ts";
export { amountsFromSums, type Sums } from "./sums.ts";
export { type PathStep, type PathTrace, tracePath } from "./tracePath.ts";
export { type VerdictFacts, verdictFacts } from "./verdictFacts.ts";
export { verdictText } from "./verdictText.ts";
export {
  decodeEither,
  type Expectation,
  type ProvedCustomer,
  type Verdict,
  verifyProof,
  verifyProofFile,
} from "./verifyProof.ts";
