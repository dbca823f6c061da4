import { EMPTY_TRIE_ROOT, type Hash, type NetworkParameters, ZERO_HASH } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import type { ChainTables } from "../store/tables.ts";
import { genesisChanges } from "./genesisChanges.ts";
import { StateStore } from "./StateStore.ts";

export function writesOfGenesisState(
  parameters: NetworkParameters,
  tables: ChainTables,
  genesis: Hash,
): readonly WriteOperation[] {
  const states = new StateStore({}, tables, ZERO_HASH, EMPTY_TRIE_ROOT);
  states.attach(genesis, states.derive(ZERO_HASH, 0, genesisChanges(parameters.genesis.accounts)));
  return states.flatten(genesis).writes;
}
