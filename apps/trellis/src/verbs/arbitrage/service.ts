import type { ProcessIo } from "@trellis/platform/service";
import { openClient } from "../openClient.ts";
import { print, writeResult } from "../reserves/client.ts";
import type { ArbitrageSettings } from "./settings.ts";

export async function status(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const facts = await client.get<Record<string, unknown>>("/v1/status");
  const risk = await client.get<Record<string, unknown>>("/v1/risk");
  print({ ...facts, ...risk }, settings, io);
}

export async function kill(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  await change("/v1/kill", settings.operands[0] ?? "", settings, io);
}

export async function revive(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  await change("/v1/revive", settings.operands[0] ?? "", settings, io);
}

export async function closeBreaker(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  await change("/v1/close-breaker", settings.operands[0] ?? "", settings, io);
}

async function change(
  path: string,
  reason: string,
  settings: ArbitrageSettings,
  io: ProcessIo,
): Promise<void> {
  const client = await openClient(settings, io);
  print(await client.post<Record<string, unknown>>(path, { reason }), settings, io);
}

export async function exportTable(settings: ArbitrageSettings, io: ProcessIo): Promise<void> {
  const [table = ""] = settings.operands;
  const client = await openClient(settings, io);
  await writeResult(await client.text(`/v1/exports/${encodeURIComponent(table)}`), settings, io);
}
