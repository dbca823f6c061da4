import { createReadStream, openAsBlob } from "node:fs";
import type { ProcessIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { BAD_LINES_KEPT, type BadLine, readCsvFile } from "@trellis/reserves/ledger";
import type { ServiceClient } from "@trellis/reserves/service/client";
import { trellisErrors } from "../../errors.ts";
import { openClient } from "../openClient.ts";
import { print } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

const SENT_AT_ONCE = 5_000;

/** Validates all lines before sending. The lines' keys make a repeated import idempotent. */
export async function importFile(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const [file = ""] = settings.operands;
  const added = settings.assets.map(assetOf);
  const customers = await readCustomers(file, io);
  const client = await openClient(settings, io);
  for (const asset of added) await client.post("/v1/assets", asset);
  await addCustomers(client, [...customers]);
  const key = Buffer.from(systemRandom.bytes(16)).toString("hex");
  const bytes = await openAsBlob(file, { type: "text/csv" });
  print(await client.upload("/v1/imports", bytes, { key, report: reportTo(io) }), settings, io);
}

function assetOf(text: string): { readonly id: string; readonly decimals: number } {
  const [, id, decimals] = /^(.{1,64}):(\d{1,2})$/.exec(text) ?? [];
  if (id === undefined) throw assetInvalid(text);
  return { id, decimals: Number(decimals) };
}

async function readCustomers(file: string, io: ProcessIo): Promise<ReadonlySet<string>> {
  const customers = new Set<string>();
  const report = reportTo(io);
  const reportedMax = io.stderr.isTerminal ? BAD_LINES_KEPT : Number.POSITIVE_INFINITY;
  const counts: Record<string, number> = {};
  let badCount = 0;
  const badLine = ({ line, code, message }: BadLine): void => {
    badCount += 1;
    counts[code] = (counts[code] ?? 0) + 1;
    if (badCount <= reportedMax) report(`line ${line}: ${code}: ${message}`);
  };
  try {
    for await (const { customer } of readCsvFile(createReadStream(file), badLine)) customers.add(customer);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw trellisErrors.FILE_UNREADABLE({ what: "file to import", file, reason: error.message }, error);
  }
  if (badCount > reportedMax)
    report(`… and ${badCount - reportedMax} more; write all to a file with 2> FILE`);
  if (badCount > 0) throw trellisErrors.INPUT_INVALID({ reason: "invalid lines", file, badCount, ...counts });
  return customers;
}

async function addCustomers(client: ServiceClient, customers: readonly string[]): Promise<void> {
  for (let start = 0; start < customers.length; start += SENT_AT_ONCE) {
    await client.post("/v1/customers", { ids: customers.slice(start, start + SENT_AT_ONCE) });
  }
}

function reportTo({ stderr }: ProcessIo): (line: string) => void {
  return (line) => stderr.write(`${line}\n`);
}

function assetInvalid(text: string) {
  const expected = "assets with their decimals, such as BTC:8,USD:2";
  return trellisErrors.INPUT_INVALID({ what: "asset", got: text.slice(0, 80), expected });
}
