import type { BuildPorts } from "./tree/BuildPorts.ts";
import type { CustomerRow } from "./tree/CustomerRow.ts";
import type { LiabilityTree } from "./tree/LiabilityTree.ts";
import type { ImageSource } from "./tree/readImage.ts";
import type { SnapshotTerms } from "./tree/SnapshotTerms.ts";
import type { ProofFile } from "./verify/ProofFile.ts";
import type { SchemeName } from "./verify/RootRecord.ts";
import type { Expectation, Verdict } from "./verify/verifyProof.ts";

/** One way of proving what a custodian owes. All are used alike, and pass one suite of tests. */
export interface LiabilityScheme {
  readonly name: SchemeName;
  /** A valid proof also shows that the published totals hold the customer's balance. */
  readonly provesTotals: boolean;
  /** Nothing published tells how many customers there are, but for a band. */
  readonly hidesCount: boolean;
  /**
   * Reads all customers and builds their tree.
   * @throws LIABILITIES_INPUT_INVALID,
   * CUSTOMER_DUPLICATE, SUM_OVERFLOW,
   * TREE_BUILD_STOPPED, SCHEME_UNAVAILABLE
   */
  build(
    rows: Iterable<CustomerRow> | AsyncIterable<CustomerRow>,
    terms: SnapshotTerms,
    ports: BuildPorts,
  ): Promise<LiabilityTree>;
  /**
   * Opens a stored tree without hashing it again.
   * @throws TREE_IMAGE_INVALID, SCHEME_UNAVAILABLE
   */
  open(image: ImageSource, ports: Pick<BuildPorts, "random">): Promise<LiabilityTree>;
  /** Never throws for what is in the proof. */
  verify(file: ProofFile, expected?: Expectation): Verdict;
  /** The one binary encoding. */
  encode(file: ProofFile): Uint8Array;
  /** @throws PROOF_MALFORMED, PROOF_FORMAT_UNKNOWN, LIABILITIES_INPUT_INVALID */
  decode(bytes: Uint8Array): ProofFile;
  /** The one JSON text. */
  toJson(file: ProofFile): string;
  /** @throws PROOF_MALFORMED, PROOF_FORMAT_UNKNOWN, LIABILITIES_INPUT_INVALID */
  fromJson(text: string): ProofFile;
}
