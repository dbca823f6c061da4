/** Runs without Node.js. */
export { publishedErrors } from "./errors.ts";
export { verifyOkxV1 } from "./okxV1.ts";
export { type OpenZeppelinProof, verifyOpenZeppelinDump, verifyOpenZeppelinProof } from "./openZeppelin.ts";
export { PUBLISHED_FORMATS, type PublishedFormat, recogniseFormat } from "./recogniseFormat.ts";
export { readSummaEntries, verifySummaEntries } from "./summa.ts";
export { type TaggedProof, type TaggedSibling, verifyTaggedProof } from "./taggedTree.ts";
export { type PublishedScheme, type PublishedVerdict, WEAKNESSES, type Weakness } from "./weaknesses.ts";
