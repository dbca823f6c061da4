import { liabilitiesErrors } from "../errors.ts";
import { serverHashes } from "../hashes.ts";
import { LEAVES_MAX } from "../verify/limits.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import type { SumNode } from "../verify/preimages.ts";
import type { RootRecord } from "../verify/RootRecord.ts";
import { verifyProof } from "../verify/verifyProof.ts";
import type { CustomerRecords } from "./CustomerRecords.ts";

/** Proves each customer once (LIAB-14). Verifies the proof to detect damaged storage. */
export function proveCustomers(
  customerIds: readonly string[],
  record: RootRecord,
  records: CustomerRecords,
  siblingsOf: (positions: readonly number[]) => SumNode[],
): ProofFile {
  if (customerIds.length === 0 || customerIds.length * records.shares > LEAVES_MAX) {
    throw liabilitiesErrors.LIABILITIES_INPUT_INVALID({
      reason: "a proof is for 1 to 65536 customers",
      customers: customerIds.length,
      leavesMax: LEAVES_MAX,
    });
  }
  const leaves = customerIds
    .flatMap((customerId, place) => records.openings(customerId, place))
    .sort((a, b) => a.position - b.position)
    .filter(({ position }, index, sorted) => position !== sorted[index - 1]?.position);
  const siblings = siblingsOf(leaves.map(({ position }) => position));
  const file = { record, assets: records.assets, leaves, siblings };
  const verdict = verifyProof(file, {}, serverHashes);
  if (!verdict.isValid) throw liabilitiesErrors.TREE_IMAGE_INVALID({ code: verdict.code }, verdict.error);
  return file;
}
