import { type StoreReport, storedSchema, verifyStore } from "@trellis/chain";
import { type KeyReader, storageErrors } from "@trellis/storage";

/** Checks the schema version first, because a newer schema is not corruption. */
export function verifyChain(store: KeyReader): StoreReport {
  storedSchema(store);
  return verifyStore(store);
}

export function refuseProblems({ problems }: StoreReport, dataDir: string): void {
  if (problems.length === 0) return;
  throw storageErrors.STORE_CORRUPT({ dataDir, problems: problems.length, first: problems[0] });
}
