export type { Block, Body } from "./block/Block.ts";
export type { Header, Seal } from "./block/Header.ts";
export { protocolErrors } from "./errors.ts";
export {
  type GenesisAccount,
  type GenesisParameters,
  type NetworkParameters,
  POW_ALGORITHMS,
  type PowAlgorithmName,
  type StreamParameters,
} from "./parameters/NetworkParameters.ts";
export type * from "./ports/chain.ts";
export type * from "./ports/evm.ts";
export { SKIP_REASONS } from "./ports/evm.ts";
export type * from "./ports/pool.ts";
export type * from "./ports/production.ts";
export type * from "./ports/state.ts";
export type { LogEntry, Receipt } from "./receipt/Receipt.ts";
export { decodeRlp, type RlpItem, type RlpLimits } from "./rlp/decodeRlp.ts";
export { encodeRlp, type RlpInput } from "./rlp/encodeRlp.ts";
export { openRlpList, RlpReader } from "./rlp/RlpReader.ts";
export {
  type AccessListEntry,
  type EcdsaSignature,
  KEY_ALGORITHMS,
  type KeyAgileSignature,
  type KeyAlgorithm,
  type SignedBy,
  TRANSACTION_TYPES,
  type Transaction,
  type TransactionType,
  type UnsignedTransaction,
} from "./transaction/Transaction.ts";
export {
  type Address,
  type Awaitable,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "./words.ts";
