import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainDag } from "./ChainDag.ts";

/** The blocks that are here, and where they stand in the DAG. */
export interface KnownBlocks {
  readonly blocks: BlockStore;
  readonly chainDag: ChainDag;
}
