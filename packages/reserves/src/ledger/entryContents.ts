import type { Transaction } from "kysely";
import type { EntryKindName } from "./kinds.ts";
import type { LedgerTables } from "./LedgerTables.ts";
import { type EntryPlace, type LedgerStore, openContent } from "./sealing.ts";

const PAGE_ENTRIES = 5_000;

export interface EntryContent extends EntryPlace {
  readonly kind: EntryKindName;
  readonly amount: bigint;
  readonly key: string;
  readonly reference: string;
  readonly key_index: Uint8Array;
  readonly sealed_balance: Uint8Array;
}

/** Excludes `after`. @param unreadable called instead of throwing ENVELOPE_BROKEN or ENVELOPE_KEY_UNKNOWN */
export async function* entryContents(
  tx: Transaction<LedgerTables>,
  { ciphers }: Pick<LedgerStore, "ciphers">,
  { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
  unreadable?: (row: EntryPlace) => void,
): AsyncGenerator<EntryContent> {
  for (let from = after; from < upTo; ) {
    const rows = await tx
      .selectFrom("entries")
      .selectAll()
      .where("position", ">", from)
      .where("position", "<=", upTo)
      .orderBy("position")
      .limit(PAGE_ENTRIES)
      .execute();
    for (const row of rows) {
      const place = { ...row, kind: row.kind as EntryKindName };
      try {
        yield { ...place, ...openContent(ciphers, place, row.content) };
      } catch (error) {
        if (unreadable === undefined) throw error;
        unreadable(place);
      }
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    from = last.position;
  }
}

/** Reads the shorter part of the history, before or after `position`. */
export async function sumsAt(
  store: LedgerStore,
  isWanted: (kind: EntryKindName) => boolean,
  position: bigint,
  atHead: (tx: Transaction<LedgerTables>) => Promise<ReadonlyMap<number, bigint>>,
): Promise<ReadonlyMap<string, bigint>> {
  return store.transaction(
    async (tx) => {
      const { position: head } = await tx.selectFrom("head").select("position").executeTakeFirstOrThrow();
      const isNearHead = head - position < position;
      const sums = new Map(isNearHead ? await atHead(tx) : []);
      const range = isNearHead ? { after: position, upTo: head } : { after: 0n, upTo: position };
      for await (const { asset_id, kind, amount } of entryContents(tx, store, range)) {
        if (isWanted(kind)) sums.set(asset_id, (sums.get(asset_id) ?? 0n) + (isNearHead ? -amount : amount));
      }
      const assets = await tx
        .selectFrom("assets")
        .select(["asset_id", "symbol"])
        .orderBy("asset_id")
        .execute();
      return new Map(assets.map(({ asset_id, symbol }) => [symbol, sums.get(asset_id) ?? 0n]));
    },
    { isolation: "repeatable read" },
  );
}
