export {
  createIndexer,
  type EvidenceItem,
  type HistoryItem,
  type Indexer,
  type IndexerDependencies,
  type IndexStatus,
  type IndexView,
  type MinedItem,
  type TokenItem,
  type TopicItem,
  type TransferItem,
} from "./createIndexer.ts";
export { indexerErrors } from "./errors.ts";
export type { Page, PageRequest } from "./reading/pages.ts";
export type { SearchHit } from "./reading/search.ts";
export type { Role, TokenStandard } from "./tables.ts";
