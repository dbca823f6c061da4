export { publishedErrors } from "./errors.ts";
export { okxLeafHash, okxParent, verifyOkxV1 } from "./okxV1.ts";
export {
  type OpenZeppelinProof,
  openZeppelinLeaf,
  verifyOpenZeppelinDump,
  verifyOpenZeppelinProof,
} from "./openZeppelin.ts";
export { PUBLISHED_FORMATS, type PublishedFormat, recogniseFormat } from "./recogniseFormat.ts";
export { readSummaEntries, type SummaEntry, type SummaList, verifySummaEntries } from "./summa.ts";
export {
  type TaggedProof,
  type TaggedSibling,
  type TreeTags,
  taggedLeaf,
  taggedRoot,
  verifyTaggedProof,
} from "./taggedTree.ts";
export { type PublishedScheme, type PublishedVerdict, WEAKNESSES, type Weakness } from "./weaknesses.ts";
