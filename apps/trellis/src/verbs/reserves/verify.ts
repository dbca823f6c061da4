import { closeSync, createReadStream, openSync, readFileSync, readSync } from "node:fs";
import { isTrellisError } from "@trellis/base";
import { EXPORT_FORMAT, verifyExport } from "@trellis/reserves/exports";
import { verdictFacts, verifyProofFile } from "@trellis/reserves/verify";
import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { trellisErrors } from "../../errors.ts";
import { print } from "./client.ts";

/**
 * Verifies a proof file, or the export of a snapshot, by itself, without a service.
 * @throws PROOF_FILE_UNREADABLE, PROOF_REFUSED, and as verifyExport
 */
export async function verify(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const [file = ""] = settings.operands;
  const refused = (code: string, level: number | null): void => {
    if (settings.json) print({ isValid: false, code, level }, settings, io);
  };
  if (isExport(file)) {
    const verified = await verifiedExport(file).catch((error: unknown) => {
      if (isTrellisError(error)) refused(error.code, null);
      throw error;
    });
    return print(verified, settings, io);
  }
  const verdict = verifyProofFile(read(file));
  if (!verdict.isValid) {
    const { code, level, error } = verdict;
    refused(code, level ?? null);
    throw trellisErrors.PROOF_REFUSED(
      { refusal: code, level: level ?? "none", reason: error.message },
      error,
    );
  }
  print({ ...verdictFacts(verdict) }, settings, io);
}

/** By its beginning: in canonical JSON the first line of an export says what it is. */
function isExport(file: string): boolean {
  try {
    const handle = openSync(file, "r");
    const beginning = Buffer.alloc(1_024);
    readSync(handle, beginning);
    closeSync(handle);
    return beginning.includes(`"format":"${EXPORT_FORMAT}"`);
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** What its reader compares with what they know by themselves: keys, record, and who is listed. */
async function verifiedExport(file: string): Promise<Record<string, unknown>> {
  const { record, attestation, ...verdict } = await verifyExport(createReadStream(file));
  return {
    ...{ isValid: true, ...verdict, snapshot: record.number, snapshotId: record.snapshotId },
    ...{ rootRecordHash: record.rootRecordHash, totals: record.totals, debts: record.debts ?? [] },
    isCovered: attestation === undefined ? null : attestation.attestation.isCovered,
    proved: attestation?.proved.map(({ statement }) => statement) ?? [],
    notProved: attestation?.notProved.map(({ statement }) => statement) ?? [],
  };
}

function unreadable(file: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return trellisErrors.PROOF_FILE_UNREADABLE({ file, reason }, error);
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw unreadable(file, error);
  }
}
