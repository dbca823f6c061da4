import { readFileSync } from "node:fs";
import type { ProcessIo } from "@trellis/platform/service";
import { trellisErrors } from "../../errors.ts";
import { openClient } from "../openClient.ts";
import { print, snapshotNumber, writeResult } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

export async function challenge(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const [chain = "", address = ""] = settings.operands;
  const client = await openClient(settings, io);
  const number = await snapshotNumber(settings, client);
  const { record } = await client.get<{ record: { snapshotId: string } }>(`/v1/snapshots/${number}`);
  const request = { chain, address, snapshotId: record.snapshotId };
  const { challenge: text } = await client.post<{ challenge: string }>("/v1/challenges", request);
  await writeResult(settings.json ? `${JSON.stringify({ challenge: text })}\n` : text, settings, io);
}

export async function claim(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const [challengeFile = "", signatureFile = ""] = settings.operands;
  const [text, signature] = [read(challengeFile), read(signatureFile).trim()];
  const client = await openClient(settings, io);
  const signed = { challenge: text, method: settings.method, signature };
  print(await client.post<Record<string, unknown>>("/v1/addresses", signed), settings, io);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw trellisErrors.FILE_UNREADABLE({ what: "challenge or its signature", file, reason }, error);
  }
}
