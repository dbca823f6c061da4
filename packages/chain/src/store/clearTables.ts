import type { KeyReader, TableDefinition, WriteOperation } from "@trellis/storage";
import type { ChainBatch } from "./ChainBatch.ts";

/** Writes of the batch that follow stay. */
export function clearTables(
  batch: ChainBatch,
  store: KeyReader,
  tables: readonly Pick<TableDefinition<never, never>, "id">[],
): void {
  for (const { id } of tables) {
    const entries = store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) });
    batch.write([...entries].map(([key]): WriteOperation => ({ kind: "delete", key })));
  }
}
