import { readFileSync } from "node:fs";
import { bytesToHex } from "@trellis/base";
import { type Balances, type Verdict, verifyProofFile } from "@trellis/reserves/verify";
import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { trellisErrors } from "../../errors.ts";
import { print } from "./client.ts";

/**
 * Verifies a proof file by itself, without a service.
 * @throws PROOF_FILE_UNREADABLE, PROOF_REFUSED
 */
export async function verify(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const [file = ""] = settings.operands;
  const verdict = verifyProofFile(read(file));
  if (!verdict.isValid) {
    const { code, level, error } = verdict;
    if (settings.json) io.stdout.write(`${JSON.stringify({ isValid: false, code, level: level ?? null })}\n`);
    throw trellisErrors.PROOF_REFUSED(
      { refusal: code, level: level ?? "none", reason: error.message },
      error,
    );
  }
  print(shown(verdict), settings, io);
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.PROOF_FILE_UNREADABLE({ file, reason }, error);
  }
}

function shown({ record, recordHash, assets, leaves, totals }: Extract<Verdict, { isValid: true }>) {
  const named = ({ equity }: Balances): Record<string, string> =>
    Object.fromEntries(assets.assets.map(({ id }, column) => [id, String(equity[column] ?? 0n)]));
  return {
    isValid: true,
    snapshotId: bytesToHex(record.snapshotId),
    rootRecordHash: bytesToHex(recordHash),
    root: bytesToHex(record.root),
    depth: record.depth,
    customers: leaves.map((leaf) => ({ customer: leaf.customerId, balances: named(leaf) })),
    totals: totals === undefined ? null : named(totals),
  };
}
