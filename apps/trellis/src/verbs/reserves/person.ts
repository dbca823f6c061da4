import { isTrellisError } from "@trellis/base";
import type { ProcessIo } from "@trellis/platform/service";
import type { ServiceClient } from "@trellis/reserves/service/client";
import { openClient } from "../openClient.ts";
import { allOf, print, writeResult } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

/** Right of access (GDPR, article 15). */
export async function exportPerson(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const path = pathOf(settings);
  const customer = await client.get<object>(path);
  const { balances, debts } = await client.get<Accounts>(`${path}/balances`);
  const entries = [
    ...(await entriesOf("equity", balances, path, client)),
    ...(await entriesOf("debt", debts, path, client)),
  ];
  const document = { customer, balances, debts, entries, proofs: await proofsOf(path, client) };
  await writeResult(`${JSON.stringify(document, undefined, 2)}\n`, settings, io);
}

interface Accounts {
  readonly balances: readonly { readonly asset: string }[];
  readonly debts: readonly { readonly asset: string }[];
}

async function entriesOf(
  side: "equity" | "debt",
  accounts: Accounts["debts"],
  path: string,
  client: ServiceClient,
): Promise<unknown[]> {
  const entries: unknown[] = [];
  for (const { asset } of accounts) {
    const account = `${path}/assets/${encodeURIComponent(asset)}`;
    entries.push(...(await allOf(client, `${account}/entries?limit=200&side=${side}`)));
  }
  return entries;
}

const UNPROVED: readonly unknown[] = ["CUSTOMER_UNKNOWN", "LEDGER_CUSTOMER_ERASED", "SNAPSHOT_TREE_REMOVED"];

async function proofsOf(path: string, client: ServiceClient): Promise<unknown[]> {
  const snapshots = await allOf<{ number: number; state: string }>(client, "/v1/snapshots?limit=200");
  const proofs: unknown[] = [];
  for (const { number, state } of snapshots) {
    if (state !== "signed") continue;
    try {
      proofs.push(await client.get(`${path}/snapshots/${number}/proof`));
    } catch (error) {
      if (!isTrellisError(error) || !UNPROVED.includes(error.facts.refusal)) throw error;
    }
  }
  return proofs;
}

/** Irreversible. Issued proofs stay valid. New entries are refused. */
export async function erasePerson(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  await client.remove(`${pathOf(settings)}/key`);
  print({ customer: settings.operands[0], isErased: true }, settings, io);
}

function pathOf({ operands: [customer = ""] }: ReservesSettings): string {
  return `/v1/customers/${encodeURIComponent(customer)}`;
}
