export { type Agreement, agree, checkQuorum, type Dissent, type NamedNode } from "./agreement/agree.ts";
export { agreedHash, type BlockView } from "./agreement/agreedHash.ts";
export { createAgreedBlockLogs, type NamedBlockLogs } from "./agreement/createAgreedBlockLogs.ts";
export { createAgreedClient } from "./agreement/createAgreedClient.ts";
export { createAgreedStateClient } from "./agreement/createAgreedStateClient.ts";
export { createAgreedTransactions } from "./agreement/createAgreedTransactions.ts";
export { clientErrors } from "./errors.ts";
export { AnswerReader } from "./evm/AnswerReader.ts";
export type {
  BlockTag,
  ChainBlock,
  ChainClient,
  ChainLog,
  ChainReceipt,
  ContractCall,
  LogFilter,
} from "./evm/ChainClient.ts";
export type { BlockReference, ChainView } from "./evm/ChainView.ts";
export { type BlockLogs, createRpcBlockLogs } from "./evm/createRpcBlockLogs.ts";
export { createRpcChainClient } from "./evm/createRpcChainClient.ts";
export { createRpcChainView, type RpcRequest } from "./evm/createRpcChainView.ts";
export {
  type ChainTransaction,
  type CoinMove,
  createRpcTransactions,
  type TransactionReader,
} from "./evm/createRpcTransactions.ts";
export {
  type BatchEndpoint,
  type EndpointOptions,
  openBatchEndpoint,
  openRpcEndpoint,
  type RpcCall,
} from "./evm/openRpcEndpoint.ts";
export { type BlockPlace, type FinalityRule, finalHeightOf, placeOfBlock } from "./finality/placeOfBlock.ts";
export { type WaitOptions, waitForFinality } from "./finality/waitForFinality.ts";
export { withVerifiedFinality } from "./finality/withVerifiedFinality.ts";
export { createRemoteCallSigner } from "./sending/createRemoteCallSigner.ts";
export {
  type Call,
  createSender,
  type PrepareOptions,
  type Sender,
  type SenderOptions,
} from "./sending/createSender.ts";
export type { GasFees, PreparedTransaction } from "./sending/PreparedTransaction.ts";
export { readUnsignedCall } from "./sending/readUnsignedCall.ts";
export { SigningRecord } from "./sending/SigningRecord.ts";
export {
  type CallSigner,
  createCallSigner,
  type UnsignedCall,
  unsignedBytes,
  withSignature,
} from "./sending/signCall.ts";
export { type CallRule, refusalOfCall, type TransactionPolicy } from "./sending/TransactionPolicy.ts";
export { createRpcStateClient } from "./state/createRpcStateClient.ts";
export type { AccountState, OverriddenCall, StateClient, TouchedAccount } from "./state/StateClient.ts";
