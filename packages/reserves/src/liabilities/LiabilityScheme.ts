import type { BuildPorts } from "./tree/BuildPorts.ts";
import type { CustomerRow } from "./tree/CustomerRow.ts";
import type { LiabilityTree } from "./tree/LiabilityTree.ts";
import type { ImageSource } from "./tree/readImage.ts";
import type { SnapshotTerms } from "./tree/SnapshotTerms.ts";
import type { ProofFile } from "./verify/ProofFile.ts";
import type { SchemeName } from "./verify/RootRecord.ts";
import type { Expectation, Verdict } from "./verify/verifyProof.ts";

export interface LiabilityScheme {
  readonly name: SchemeName;
  /** True if proofs also show that the totals include the balance. */
  readonly provesTotals: boolean;
  /** True if published data reveals only a range for the customer count. */
  readonly hidesCount: boolean;
  /** @throws LIABILITIES_INPUT_INVALID, SUM_OVERFLOW, TREE_BUILD_STOPPED */
  build(
    rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
    terms: SnapshotTerms,
    ports: BuildPorts,
  ): Promise<LiabilityTree>;
  /** Does not rehash. @throws TREE_IMAGE_INVALID, LIABILITIES_INPUT_INVALID */
  open(image: ImageSource, ports: Pick<BuildPorts, "random">): Promise<LiabilityTree>;
  verify(file: ProofFile, expected?: Expectation): Verdict;
  encode(file: ProofFile): Uint8Array;
  /** @throws PROOF_MALFORMED, LIABILITIES_INPUT_INVALID */
  decode(bytes: Uint8Array): ProofFile;
  toJson(file: ProofFile): string;
  /** @throws PROOF_MALFORMED, LIABILITIES_INPUT_INVALID */
  fromJson(text: string): ProofFile;
}
