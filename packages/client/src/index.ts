export { type Agreement, agree, checkQuorum, type Dissent, type NamedNode } from "./agreement/agree.ts";
export { agreedHash, type BlockView } from "./agreement/agreedHash.ts";
export { clientErrors } from "./errors.ts";
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
export { createRpcChainClient } from "./evm/createRpcChainClient.ts";
export { createRpcChainView, type RpcRequest } from "./evm/createRpcChainView.ts";
export { type EndpointOptions, openRpcEndpoint } from "./evm/openRpcEndpoint.ts";
