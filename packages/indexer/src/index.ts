export { indexerErrors } from "./errors.ts";
export {
  type EvidenceItem,
  type HistoryItem,
  Indexer,
  type IndexView,
  type MinedItem,
  type TokenItem,
  type TopicItem,
  type TransferItem,
} from "./Indexer.ts";
export type { MessageFilter, MessageItem } from "./reading/messages.ts";
export type { Page, PageRequest } from "./reading/pages.ts";
export type { SearchHit } from "./reading/search.ts";
