import { EMPTY_TRIE_ROOT, type Hash, type NetworkParameters, ZERO_HASH } from "@trellis/protocol";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import { genesisChanges } from "./genesisChanges.ts";
import { StateStore } from "./StateStore.ts";

export function flattenGenesis(
  batch: ChainBatch,
  parameters: NetworkParameters,
  tables: ChainTables,
  genesis: Hash,
): void {
  const states = new StateStore({}, tables, ZERO_HASH, EMPTY_TRIE_ROOT);
  states.attach(genesis, states.derive(ZERO_HASH, 0, genesisChanges(parameters.genesis.accounts)));
  states.flatten(batch, genesis);
}
