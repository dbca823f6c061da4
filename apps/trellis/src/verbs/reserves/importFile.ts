import { createReadStream } from "node:fs";
import {
  BAD_LINES_KEPT,
  BATCH_ENTRIES_MAX,
  type BadLine,
  ENTRY_KINDS,
  type EntryDraft,
  readCsvFile,
} from "@trellis/reserves/ledger";
import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { trellisErrors } from "../../errors.ts";
import { authorizedClient, print } from "./client.ts";
import type { ServiceClient } from "./ServiceClient.ts";

/** As many as fit into a request's body with the longest texts. */
const SENT_AT_ONCE = 5_000;

/**
 * Enters a file of lines. All lines are read first, and nothing is sent if one is bad. Each line has a key: a file
 * that is sent again after an interruption enters what is missing, and nothing twice.
 * @throws IMPORT_LINES_BAD, IMPORT_FILE_UNREADABLE, IMPORT_HEADER_INVALID, and what the service refuses
 */
export async function importFile(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const [file = ""] = settings.operands;
  const added = settings.assets.map(assetOf);
  const drafts = await readAll(file, io);
  const client = await authorizedClient(settings, io);
  for (const asset of added) await client.post("/v1/assets", asset);
  await addCustomers(client, drafts);
  const counts = { lineCount: drafts.length, enteredCount: 0, replayedCount: 0, position: "0" };
  for (const batch of batchesOf(drafts)) {
    const entered = await client.post<typeof counts>("/v1/entries", { entries: batch.map(sent) });
    counts.enteredCount += entered.enteredCount;
    counts.replayedCount += entered.replayedCount;
    counts.position = entered.position;
  }
  print(counts, settings, io);
}

/** `BTC:8` @throws ASSET_TEXT_INVALID */
function assetOf(text: string): { readonly id: string; readonly decimals: number } {
  const [, id, decimals] = /^(.{1,64}):(\d{1,2})$/.exec(text) ?? [];
  if (id === undefined) throw trellisErrors.ASSET_TEXT_INVALID({ asset: text.slice(0, 80) });
  return { id, decimals: Number(decimals) };
}

async function readAll(file: string, io: VerbIo): Promise<EntryDraft[]> {
  const drafts: EntryDraft[] = [];
  let badCount = 0;
  const tell = ({ line, code, message }: BadLine): void => {
    badCount += 1;
    if (badCount <= BAD_LINES_KEPT) io.stderr.write(`line ${line}: ${code}: ${message}\n`);
  };
  try {
    for await (const draft of readCsvFile(createReadStream(file), tell)) drafts.push(draft);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw trellisErrors.IMPORT_FILE_UNREADABLE({ file, reason: error.message }, error);
  }
  if (badCount > 0) throw trellisErrors.IMPORT_LINES_BAD({ file, badCount });
  return drafts;
}

async function addCustomers(client: ServiceClient, drafts: readonly EntryDraft[]): Promise<void> {
  const customers = [...new Set(drafts.map(({ customer }) => customer))];
  for (let start = 0; start < customers.length; start += SENT_AT_ONCE) {
    await client.post("/v1/customers", { ids: customers.slice(start, start + SENT_AT_ONCE) });
  }
}

/** Lines of one transfer or trade are sent together. */
function* batchesOf(drafts: readonly EntryDraft[]): Generator<readonly EntryDraft[]> {
  for (let start = 0; start < drafts.length; ) {
    let end = Math.min(start + SENT_AT_ONCE, drafts.length);
    while (
      end < drafts.length &&
      end - start < BATCH_ENTRIES_MAX &&
      isOneMove(drafts[end - 1]!, drafts[end]!)
    )
      end += 1;
    yield drafts.slice(start, end);
    start = end;
  }
}

function isOneMove(one: EntryDraft, next: EntryDraft): boolean {
  return ENTRY_KINDS[one.kind].isConserved && one.kind === next.kind && one.reference === next.reference;
}

function sent({ amount, sequence, ...rest }: EntryDraft): object {
  return {
    ...rest,
    amount: amount.toString(),
    ...(sequence === undefined ? {} : { sequence: sequence.toString() }),
  };
}
