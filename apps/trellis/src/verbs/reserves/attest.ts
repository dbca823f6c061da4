import type { ProcessIo } from "@trellis/platform/service";
import type { AttestedRecord } from "@trellis/reserves/attestation/verify";
import { runJob } from "@trellis/reserves/service/client";
import { openClient } from "../openClient.ts";
import { attestationFacts, readAttestation } from "./attestation.ts";
import { print, snapshotNumber } from "./client.ts";
import { writeResultFile } from "./resultFile.ts";
import type { ReservesSettings } from "./settings.ts";

export async function attest(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const number = await snapshotNumber(settings, client);
  const { record } = await client.get<{ record: AttestedRecord }>(`/v1/snapshots/${number}`);
  const { snapshotId } = record;
  const made = await runJob<{ id: string; logIndex: number }>(client, "/v1/attestations", { snapshotId });
  const { text, verdict } = await readAttestation(made.id, record, client, settings);
  if (settings.out !== "") await writeResultFile(settings.out, text);
  const facts = {
    id: made.id,
    snapshot: number,
    snapshotId,
    logIndex: made.logIndex,
    ...attestationFacts(verdict, settings),
  };
  print(facts, settings, io);
}
