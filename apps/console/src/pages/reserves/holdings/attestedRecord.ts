import { type AttestedRecord, attestationErrors } from "@trellis/reserves/attestation/verify";
import { client } from "../service/client.ts";

const PAGE = 200;

/** @param text unverified attestation @throws ATTESTATION_REFUSED if no published snapshot matches */
export async function readAttestedRecord(text: string): Promise<AttestedRecord> {
  const { snapshotId, timeMs } = subjectOf(text);
  for (let cursor: string | undefined; ; ) {
    const page = await client.call("listSnapshots", {
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { number, state, timeMs: takenMs } of page.items) {
      if (state !== "signed" || takenMs > timeMs) continue;
      const { record } = await client.call("getSnapshot", { snapshot: number });
      if (record.snapshotId === snapshotId) return record;
    }
    if (page.next === null)
      throw attestationErrors.ATTESTATION_REFUSED({
        reason: "does not match the custodian's snapshot record",
        field: "snapshotId",
        got: snapshotId,
        expected: "none",
      });
    cursor = page.next;
  }
}

function subjectOf(text: string): { readonly snapshotId: string; readonly timeMs: number } {
  try {
    const { snapshotId, timeMs } = JSON.parse(text).attestation;
    return { snapshotId: String(snapshotId), timeMs: Number(timeMs) };
  } catch (cause) {
    throw attestationErrors.ATTESTATION_REFUSED({ reason: "malformed", length: text.length }, cause);
  }
}
