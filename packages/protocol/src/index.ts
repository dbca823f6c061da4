export { decodeAccount, encodeAccount } from "./account/encodeAccount.ts";
export {
  type Block,
  type Body,
  type CrossShardLists,
  EMPTY_BODY,
  EMPTY_CROSS_SHARD_LISTS,
} from "./block/Block.ts";
export {
  type BodyLimits,
  type BodyLists,
  bodyRoot,
  decodeBody,
  encodeBody,
  listFields,
  readBodyLists,
} from "./block/body.ts";
export { CROSS_LINKS_MAX, type CrossLink, decodeCrossLink, encodeCrossLink } from "./block/CrossLink.ts";
export { decodeHeader } from "./block/decodeHeader.ts";
export { createBlock, decodeBlock, encodeBlock } from "./block/encodeBlock.ts";
export { encodeHeader, headerHash } from "./block/encodeHeader.ts";
export type { Anchor, Header } from "./block/Header.ts";
export { ANCHORED_HEADER_VERSION, BODY_LIMITS, HEADER_LIMITS, HEADER_VERSION } from "./block/limits.ts";
export { mergeTemplates } from "./block/mergeTemplates.ts";
export { leafHash, merkleRoot, nodeHash } from "./block/merkle.ts";
export { sealHash, sealRoot } from "./block/seal.ts";
export { sealTogether } from "./block/sealTogether.ts";
export { tracedKeys } from "./block/tracedKeys.ts";
export {
  bitsOfExpectedHashes,
  compactToTarget,
  targetToCompact,
  workOfTarget,
} from "./difficulty/compactTarget.ts";
export { protocolErrors } from "./errors.ts";
export { CHAIN_GAS_MAX, chainGasLimit } from "./fees/chainGasLimit.ts";
export { nextBaseFee } from "./fees/nextBaseFee.ts";
export {
  BUNDLED_VOTES_MAX,
  decodeCertificate,
  decodeEvidence,
  decodeHeartbeat,
  decodeProposal,
  decodeVote,
  decodeVoteBundle,
  encodeCertificate,
  encodeEvidence,
  encodeHeartbeat,
  encodeProposal,
  encodeVote,
  encodeVoteBundle,
  VALIDATORS_MAX,
} from "./finality/codecs.ts";
export {
  heartbeatSignedBytes,
  proposalSignedBytes,
  voteDomainOf,
  voteSignedBytes,
} from "./finality/signedBytes.ts";
export { bitsToSigners, signersToBits } from "./finality/signers.ts";
export {
  type Ballot,
  type Certificate,
  type Evidence,
  type Heartbeat,
  type Proposal,
  type ProvenProposal,
  type Signed,
  type ValidatorIndex,
  VOTE_STEPS,
  type Vote,
  type VoteBundle,
  type VoteDomain,
  type VoteStep,
} from "./finality/Vote.ts";
export {
  DEFAULT_FORK,
  FORK_NAMES,
  FORKS,
  type Fork,
  type ForkActivation,
  type ForkName,
  forkAt,
} from "./forks/forks.ts";
export { createGenesis, genesisNumber } from "./parameters/createGenesis.ts";
export { blockRate, dagParameters, pruningDepthMin } from "./parameters/dagParameters.ts";
export { ghostdagK } from "./parameters/ghostdagK.ts";
export {
  type GenesisAccount,
  type NetworkParameters,
  POW_ALGORITHMS,
  type PowAlgorithmName,
  type Sharding,
  type ShardsParameters,
  type StreamParameters,
  type VoteParameters,
} from "./parameters/NetworkParameters.ts";
export { devParameters, localParameters, main, sim, TREASURY_ADDRESS, test } from "./parameters/networks.ts";
export { headerVersion, parametersOfShard, shardCount, withShards } from "./parameters/shards.ts";
export { validateParameters } from "./parameters/validateParameters.ts";
export { type BlockEntry, blockEntries, carriedHashes, entryAt, entryCount } from "./ports/blockEntries.ts";
export type * from "./ports/chain.ts";
export { EncodedJson, jsonText } from "./ports/EncodedJson.ts";
export type * from "./ports/evm.ts";
export { HISTORY_STORAGE_ADDRESS, SKIP_REASONS, SYSTEM_ADDRESS } from "./ports/evm.ts";
export type * from "./ports/exchange.ts";
export type * from "./ports/finality.ts";
export { silentOutbox } from "./ports/finality.ts";
export type { Json } from "./ports/Json.ts";
export type * from "./ports/network.ts";
export { overriddenContext } from "./ports/overriddenContext.ts";
export type * from "./ports/pool.ts";
export type * from "./ports/production.ts";
export type * from "./ports/state.ts";
export { withChanges } from "./ports/withChanges.ts";
export { BLOOM_BYTES, bloomBits, bloomContainsAny, logsBloom, mergeBlooms } from "./receipt/bloom.ts";
export { decodeReceiptRecord, encodeReceipt, encodeReceiptRecord } from "./receipt/encodeReceipt.ts";
export { DELIVERY_TYPE, type LogEntry, type Receipt } from "./receipt/Receipt.ts";
export { revertReason } from "./receipt/revertReason.ts";
export { countLogs, eachLog, type Guard, storedLogBytes } from "./receipt/storedLogs.ts";
export { decodeRlp, type RlpItem } from "./rlp/decodeRlp.ts";
export { encodeRlp, type RlpInput } from "./rlp/encodeRlp.ts";
export { openRlpList, RlpReader } from "./rlp/RlpReader.ts";
export { type Delivery, deliveryHash, encodeDelivery } from "./shards/Delivery.ts";
export {
  decodeMessage,
  EMPTY_OUTBOX_HEAD,
  encodeMessage,
  MESSAGE_GAS,
  MESSAGE_KINDS,
  type Message,
  messageGas,
  messageId,
  nextOutboxHead,
  refundOf,
  SHARD_NUMBER_MAX,
} from "./shards/Message.ts";
export {
  BATCHES_BYTES_MAX,
  decodeMessageBatch,
  encodeMessageBatch,
  MESSAGE_BATCH_LIMITS,
  type MessageBatch,
  type OutboxProof,
  SOURCES_MAX,
} from "./shards/MessageBatch.ts";
export {
  decodeOutboxRange,
  encodeOutboxRange,
  OUTBOX_RANGE_BYTES_MAX,
  OUTBOX_RANGE_LIMITS,
  type OutboxExchange,
  type OutboxRange,
  type OutboxRequest,
} from "./shards/OutboxRange.ts";
export {
  authoritiesOf,
  authorityRecoveryInput,
  authorizationsOf,
  isAuthorityKeyValid,
  isDesignator,
  recoverAuthority,
  rememberAuthority,
  signAuthorization,
} from "./transaction/authorizations.ts";
export { decodeTransaction } from "./transaction/decodeTransaction.ts";
export { createTransaction, encodeTransaction, legacyV } from "./transaction/encodeTransaction.ts";
export { impersonatedSender, impersonatedSignature } from "./transaction/impersonation.ts";
export { floorGas, intrinsicGas, messageFloorGas, messageIntrinsicGas } from "./transaction/intrinsicGas.ts";
export { isAuthorizedKey, keyAddress, keyId } from "./transaction/keyId.ts";
export { KEY_REGISTRY_ADDRESS, keyRegistrySlot } from "./transaction/keyRegistry.ts";
export { KEY_SCHEMES } from "./transaction/keySchemes.ts";
export {
  GAS_LIMIT_MAX,
  INITCODE_BYTES_MAX,
  NONCE_MAX,
  UINT64_MAX,
  UINT256_MAX,
} from "./transaction/limits.ts";
export { ecdsaRecoveryInput, recoverSender } from "./transaction/recoverSender.ts";
export { signingHash, signingHashOf } from "./transaction/signingHash.ts";
export { signKeyAgile, signTransaction } from "./transaction/signTransaction.ts";
export {
  type AccessListEntry,
  type Authorization,
  type EcdsaSignature,
  KEY_ALGORITHMS,
  type KeyAgileSignature,
  type KeyAlgorithm,
  type SignedBy,
  TRANSACTION_TYPES,
  type Transaction,
  type TransactionType,
  type UnsignedAuthorization,
  type UnsignedTransaction,
} from "./transaction/Transaction.ts";
export {
  isValidInFork,
  type TransactionRules,
  validateTransactionInIsolation,
} from "./transaction/transactionInIsolation.ts";
export {
  type Address,
  type Awaitable,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  type Hash,
  ZERO_ADDRESS,
  ZERO_HASH,
} from "./words.ts";
