import { hexToBytes } from "@trellis/base";
import type { Header, NetworkParameters } from "@trellis/protocol";
import type { KeyReader } from "@trellis/storage";
import type { ChainBatch } from "../store/ChainBatch.ts";
import { clearTables } from "../store/clearTables.ts";
import { STATE_TABLES } from "../store/stateTables.ts";
import { type ChainTables, openChainTables } from "../store/tables.ts";
import { flattenGenesis } from "./flattenGenesis.ts";
import type { StateStore } from "./StateStore.ts";

interface RestorePorts {
  readonly parameters: NetworkParameters;
  readonly store: KeyReader;
  readonly tables: ChainTables;
  readonly states: StateStore;
}

/** Replaces base and history. At the commit there must be no layers. [DEV-6] */
export function restoreGenesis(
  batch: ChainBatch,
  { parameters, store, tables, states }: RestorePorts,
  { hash, header }: { readonly hash: `0x${string}`; readonly header: Header },
): void {
  const nothing = openChainTables({ get: () => undefined, has: () => false, range: () => [] });
  clearTables(batch, store, Object.values(STATE_TABLES));
  flattenGenesis(batch, parameters, nothing, hash);
  batch.put(tables.meta, "base", hexToBytes(hash));
  for (const name of ["historyFrom", "proofsFrom"]) batch.delete(tables.meta, name);
  batch.onCommit(() => states.restart(tables, hash, header.stateRoot));
}
