import { liabilitiesErrors } from "./errors.ts";
import { serverHashes } from "./hashes.ts";
import type { LiabilityScheme } from "./LiabilityScheme.ts";
import { buildPlainTree, openPlainTree } from "./plain/buildPlainTree.ts";
import { buildSumTree } from "./sum/buildSumTree.ts";
import { openSumTree } from "./sum/openSumTree.ts";
import type { BuildPorts } from "./tree/BuildPorts.ts";
import type { LiabilityTree } from "./tree/LiabilityTree.ts";
import { type ImageReader, type ImageSource, openImage } from "./tree/readImage.ts";
import type { ProofFile } from "./verify/ProofFile.ts";
import { decodeProof, encodeProof } from "./verify/proofBinary.ts";
import { proofFromJson, proofToJson } from "./verify/proofJson.ts";
import type { SchemeName } from "./verify/RootRecord.ts";
import { type Expectation, verifyProof } from "./verify/verifyProof.ts";

const shared = {
  verify: (file: ProofFile, expected?: Expectation) => verifyProof(file, expected, serverHashes),
  encode: encodeProof,
  decode: decodeProof,
  toJson: proofToJson,
  fromJson: proofFromJson,
};

export const sumScheme: LiabilityScheme = {
  ...shared,
  name: "sum",
  provesTotals: true,
  hidesCount: true,
  build: buildSumTree,
  open: async (image, { random }) => openSumTree(await openOf("sum", image), random),
};

/** RFC 6962. */
export const plainScheme: LiabilityScheme = {
  ...shared,
  name: "plain",
  provesTotals: false,
  hidesCount: false,
  build: buildPlainTree,
  open: async (image) => openPlainTree(await openOf("plain", image)),
};

/** Not implemented. Would also hide the sums in proof paths (DAPOL+). */
export const privateSumScheme: LiabilityScheme = {
  ...shared,
  name: "private-sum",
  provesTotals: true,
  hidesCount: true,
  build: async () => unavailable(),
  open: async () => unavailable(),
};

const SCHEMES: Readonly<Record<SchemeName, LiabilityScheme>> = {
  sum: sumScheme,
  plain: plainScheme,
  "private-sum": privateSumScheme,
};

export function liabilityScheme(name: SchemeName): LiabilityScheme {
  return SCHEMES[name];
}

export async function openLiabilityTree(
  image: ImageSource,
  { random }: Pick<BuildPorts, "random">,
): Promise<LiabilityTree> {
  const reader = await openImage(image);
  if (reader.header.scheme === "sum") return openSumTree(reader, random);
  if (reader.header.scheme === "plain") return openPlainTree(reader);
  return unavailable();
}

async function openOf(scheme: SchemeName, image: ImageSource): Promise<ImageReader> {
  const reader = await openImage(image);
  if (reader.header.scheme === scheme) return reader;
  throw liabilitiesErrors.TREE_IMAGE_INVALID({ scheme: reader.header.scheme, expected: scheme });
}

function unavailable(): never {
  throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
    reason: "scheme not implemented",
    scheme: "private-sum",
  });
}
