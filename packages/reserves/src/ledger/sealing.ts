import type { AtRest, ColumnCipher, TextCipher } from "@trellis/platform/atRest";
import type { SchemaDatabase } from "@trellis/platform/db";
import type { EntryDraft } from "./LedgerEntry.ts";
import type { LedgerTables } from "./LedgerTables.ts";

/** [REST-3] */
export interface LedgerCiphers {
  readonly names: ColumnCipher;
  readonly contents: ColumnCipher;
  readonly balances: ColumnCipher;
  readonly flows: ColumnCipher;
  readonly lines: ColumnCipher;
  readonly badLines: TextCipher;
  readonly nameIndex: (customer: string) => Buffer;
  readonly keyIndex: (key: string) => Buffer;
  /** HMAC, because file names may contain personal names. */
  readonly importIndex: (name: string) => string;
}

export interface LedgerStore extends SchemaDatabase<LedgerTables> {
  readonly ciphers: LedgerCiphers;
}

export async function ledgerCiphers(
  atRest: AtRest,
  tables: SchemaDatabase<LedgerTables>,
): Promise<LedgerCiphers> {
  const { schema } = tables;
  const { bad_lines } = await atRest.texts(tables, { bad_lines: { table: "imports", row: "name" } });
  const importIndex = atRest.index(`${schema}.imports`);
  const cipher = (name: string) => atRest.cipher(`${schema}.${name}`);
  return {
    names: cipher("customers.sealed_reference"),
    contents: cipher("entries.content"),
    balances: cipher("entries.sealed_balance"),
    flows: cipher("flows.sealed_amount"),
    lines: cipher("import_chunks.sealed"),
    badLines: bad_lines,
    nameIndex: atRest.index(`${schema}.customers`),
    keyIndex: atRest.index(`${schema}.entries`),
    importIndex: (name) => `~${importIndex(name).toString("base64url")}`,
  };
}

/** Encryption binds an entry's content to these columns. */
export interface EntryPlace {
  readonly position: bigint;
  readonly customer_id: bigint;
  readonly asset_id: number;
  readonly is_debt: boolean;
  readonly sequence: bigint;
  readonly kind: string;
  readonly happened_at_ms: bigint;
  readonly recorded_at_ms: bigint;
}

type Content = Pick<EntryDraft, "amount" | "key" | "reference">;

/** Line feeds separate the fields: texts contain none (LEDGER-2). */
export function sealContent(
  { contents }: LedgerCiphers,
  place: EntryPlace,
  { amount, key, reference }: Content,
): Buffer {
  return contents.seal(contentRow(place), Buffer.from(`${amount}\n${key}\n${reference}`));
}

export function openContent({ contents }: LedgerCiphers, place: EntryPlace, sealed: Uint8Array): Content {
  const [amount = "", key = "", reference = ""] = contents
    .open(contentRow(place), sealed)
    .toString()
    .split("\n");
  return { amount: BigInt(amount), key, reference };
}

function contentRow(place: EntryPlace): string {
  const { position, customer_id, asset_id, is_debt, sequence, kind, happened_at_ms, recorded_at_ms } = place;
  return [position, customer_id, asset_id, is_debt, sequence, kind, happened_at_ms, recorded_at_ms].join(" ");
}

/** Bound to the sequence, so that an older balance cannot replace it. */
export type BalancePlace = Pick<EntryPlace, "customer_id" | "asset_id" | "is_debt"> & {
  readonly sequence: bigint | string;
};

export function sealBalance({ balances }: LedgerCiphers, place: BalancePlace, balance: bigint): Buffer {
  return balances.seal(balanceRow(place), Buffer.from(balance.toString()));
}

export function openBalance({ balances }: LedgerCiphers, place: BalancePlace, sealed: Uint8Array): bigint {
  return BigInt(balances.open(balanceRow(place), sealed).toString());
}

function balanceRow({ customer_id, asset_id, is_debt, sequence }: BalancePlace): string {
  return [customer_id, asset_id, is_debt, sequence].join(" ");
}

export const FLOW_ROW = "asset_id || ' ' || kind || ' ' || entry_count";

export interface FlowPlace {
  readonly asset_id: number;
  readonly kind: string;
  readonly entry_count: bigint;
}

export function sealFlow({ flows }: LedgerCiphers, place: FlowPlace, amount: bigint): Buffer {
  return flows.seal(flowRow(place), Buffer.from(amount.toString()));
}

export function openFlow({ flows }: LedgerCiphers, place: FlowPlace, sealed: Uint8Array): bigint {
  return BigInt(flows.open(flowRow(place), sealed).toString());
}

function flowRow({ asset_id, kind, entry_count }: FlowPlace): string {
  return [asset_id, kind, entry_count].join(" ");
}

export function sealName({ names }: LedgerCiphers, customerId: bigint, name: string): Buffer {
  return names.seal(String(customerId), Buffer.from(name));
}

export function openName({ names }: LedgerCiphers, customerId: bigint, sealed: Uint8Array): string {
  return names.open(String(customerId), sealed).toString();
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function unhex(text: string): Buffer {
  return Buffer.from(text, "hex");
}
