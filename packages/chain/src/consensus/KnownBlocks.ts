import type { BlockStore } from "../store/BlockStore.ts";
import type { ChainDag } from "./ChainDag.ts";

export interface KnownBlocks {
  readonly blocks: BlockStore;
  readonly chainDag: ChainDag;
}
