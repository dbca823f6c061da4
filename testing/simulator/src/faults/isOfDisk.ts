import { isTrellisError } from "@trellis/base";

export function isOfDisk(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause)
    if (isTrellisError(at, "STORE_WRITE_FAILED")) return true;
  return false;
}
