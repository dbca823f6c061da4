import { type StoreReport, storedSchema, verifyStore } from "@trellis/chain";
import { type KeyReader, storageErrors } from "@trellis/storage";

/** Of data that a newer version wrote nothing is known, not that it is corrupt. @throws SCHEMA_NEWER, SCHEMA_UNKNOWN */
export function verifyChain(store: KeyReader): StoreReport {
  storedSchema(store);
  return verifyStore(store);
}

/** @throws STORE_CORRUPT */
export function refuseProblems({ problems }: StoreReport, dataDir: string): void {
  if (problems.length === 0) return;
  throw storageErrors.STORE_CORRUPT({ dataDir, problems: problems.length, first: problems[0] });
}
