import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Manifest, restoreBackup } from "@trellis/backup";
import { openRepository, type RepositoryAccess } from "../RepositoryAccess.ts";
import type { Proof } from "./proveRestored.ts";

export type Prove = (backup: Manifest, directory: string) => Promise<Pick<Proof, "proofs">>;

/** Restores the backup into a temporary directory and proves it. @returns a sentence for each proof */
export async function proveBackup(
  backup: Manifest,
  access: RepositoryAccess,
  proveRestored: Prove,
): Promise<readonly string[]> {
  // Opened after the backup was chosen, so that all its chunks are known.
  const repository = await openRepository(access);
  const scratch = await mkdtemp(join(tmpdir(), "trellis-verify-"));
  let proofs: readonly string[] = [];
  try {
    const prove = async (directory: string): Promise<void> => {
      ({ proofs } = await proveRestored(backup, directory));
    };
    await restoreBackup({ backup, target: join(scratch, "restored") }, { repository, prove });
    return proofs;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
