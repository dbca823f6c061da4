import { SILENT } from "@trellis/kit/embedded";
import type { AtRest } from "@trellis/platform/atRest";
import type { Database } from "@trellis/platform/db";
import { createEnvelope } from "@trellis/platform/secrets";
import { nameOf } from "../../testing/refusal.ts";
import { MASTER_KEY, testAtRest } from "../../testing/testAtRest.ts";
import { type Announce, type EntryDraft, type Ledger, openLedger } from "../index.ts";

export { MASTER_KEY };
export const NOW_MS = 1_790_000_000_000;

export async function testLedger(
  database: Database,
  schema: string,
  announce?: Announce,
  given?: AtRest,
): Promise<Ledger> {
  const envelope = createEnvelope([MASTER_KEY], SILENT.random);
  const clock = { nowMs: () => NOW_MS };
  const atRest = given ?? (await testAtRest(database));
  const dependencies = { database, clock, random: SILENT.random, envelope, atRest };
  const ledger = await openLedger({ ...dependencies, ...(announce && { announce }) }, schema);
  await ledger.addAsset({ symbol: "BTC", decimals: 8 });
  await ledger.addAsset({ symbol: "USD", decimals: 2 });
  await ledger.addCustomers(["alice", "bob", "carol"].map((reference) => ({ reference })));
  return ledger;
}

let made = 0;

export function draft(change: Partial<EntryDraft> = {}): EntryDraft {
  made += 1;
  return {
    key: `key ${made}`,
    customer: "alice",
    asset: "BTC",
    kind: "deposit",
    amount: 100n,
    reference: `reference ${made}`,
    happenedAtMs: NOW_MS - 1_000,
    ...change,
  };
}

export async function problemsOf(ledger: Ledger, drafts: readonly EntryDraft[]): Promise<[number, string][]> {
  const outcome = await ledger.enter(drafts);
  if (outcome.status === "entered") return [];
  return outcome.problems.map(({ index, error }) => [index, nameOf(error)]);
}
