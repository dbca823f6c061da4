import { type StoreReport, storedSchema, verifyStore } from "@trellis/chain";
import type { KeyReader } from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";

/** Of data that a newer version wrote nothing is known, not that it is corrupt. @throws SCHEMA_NEWER, SCHEMA_UNKNOWN */
export function verifyChain(store: KeyReader): StoreReport {
  storedSchema(store);
  return verifyStore(store);
}

/** @throws DATA_CORRUPT */
export function refuseProblems({ problems }: StoreReport, dataDir: string): void {
  if (problems.length === 0) return;
  throw trellisErrors.DATA_CORRUPT({ dataDir, problems: problems.length, first: problems[0] });
}
