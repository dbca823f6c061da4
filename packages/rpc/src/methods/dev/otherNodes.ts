export interface Difference {
  readonly names: readonly string[];
  readonly reason: string;
}

/** Of served methods. Those of commands are beside them. */
export const DIFFERENCES: readonly Difference[] = [
  { names: ["evm_mine"], reason: "a time in seconds, no other options" },
  {
    names: ["eth_sendTransaction"],
    reason: "needs `from`; a transaction that reverts is no error, as in Anvil",
  },
  { names: ["eth_sendRawTransaction"], reason: "a transaction that reverts is no error, as in Anvil" },
  {
    names: [
      "debug_traceTransaction",
      "debug_traceCall",
      "debug_traceBlockByHash",
      "debug_traceBlockByNumber",
    ],
    reason: "geth's built-in tracers; JavaScript is refused",
  },
  { names: ["evm_increaseTime"], reason: "returns a number, as in Anvil" },
  { names: ["evm_setNextBlockTimestamp"], reason: "returns the time as a quantity" },
  { names: ["web3_clientVersion"], reason: "begins with `anvil/`" },
  { names: ["eth_coinbase"], reason: "the newest block's miner, or the one that was set" },
  { names: ["eth_mining"], reason: "true: the node makes blocks" },
];

/** Options of the other nodes count as methods. */
export const MISSING: readonly Difference[] = [
  {
    names: ["`allowUnlimitedContractSize` (Hardhat)", "`--code-size-limit` (Anvil)"],
    reason: "the compiled EVM of all networks contains EIP-170's limit",
  },
  {
    names: ["anvil_getBlobByHash", "anvil_getBlobsByTransactionHash"],
    reason: "there are no blobs",
  },
  {
    names: ["anvil_setFeeToken", "anvil_setValidatorFeeToken", "anvil_setFeeAmmLiquidity"],
    reason: "of another chain (Tempo)",
  },
  { names: ["tenderly_setBalance", "tenderly_addBalance"], reason: "use those of `anvil_`" },
  {
    names: ["anvil_setERC20Balance", "anvil_setERC20Allowance", "anvil_dealERC20", "hardhat_dealERC20"],
    reason: "use `anvil_setStorageAt`",
  },
  { names: ["anvil_setChainId"], reason: "use `--chain-id`" },
  { names: ["anvil_setRpcUrl"], reason: "a fork's URL stays" },
  {
    names: ["anvil_setMinGasPrice", "hardhat_setMinGasPrice"],
    reason: "refused there too, because of EIP-1559",
  },
  {
    names: ["anvil_setLoggingEnabled", "hardhat_setLoggingEnabled"],
    reason: "the terminal shows all transactions",
  },
  {
    names: ["anvil_setBlockTimestampInterval", "anvil_removeBlockTimestampInterval"],
    reason: "use `evm_setNextBlockTimestamp`, or the interval of `anvil_mine`",
  },
  {
    names: ["anvil_mine_detailed", "evm_mine_detailed"],
    reason: "use `evm_mine` and `eth_getBlockByNumber`",
  },
  { names: ["anvil_reorg", "anvil_rollback"], reason: "use `evm_snapshot` and `evm_revert`" },
  {
    names: ["anvil_impersonateSignature", "eth_sendUnsignedTransaction"],
    reason: "use `anvil_impersonateAccount`",
  },
  {
    names: ["hardhat_addCompilationResult", "hardhat_getStackTraceFailuresCount"],
    reason: "there are no Solidity stack traces",
  },
  { names: ["eth_sendTransactionSync"], reason: "use `eth_sendRawTransactionSync`" },
  { names: ["eth_signTypedData", "eth_signTypedData_v3"], reason: "use `eth_signTypedData_v4`" },
  { names: ["eth_networkId"], reason: "use `net_version`" },
  { names: ["eth_getAccount", "eth_getAccountInfo"], reason: "use `eth_getProof`" },
  {
    names: ["eth_getRawTransactionByBlockHashAndIndex", "eth_getRawTransactionByBlockNumberAndIndex"],
    reason: "use `eth_getRawTransactionByHash`",
  },
  { names: ["eth_getTransactionBySenderAndNonce"], reason: "use `trellis_getAddressHistory`" },
  {
    names: ["eth_getWork", "eth_submitWork", "eth_submitHashrate"],
    reason: "use `trellis_getBlockTemplate`",
  },
  { names: ["debug_codeByHash", "debug_dbGet"], reason: "the database differs" },
  {
    names: [
      "erigon_getHeaderByNumber",
      "ots_getApiLevel",
      "ots_getBlockDetails",
      "ots_getBlockDetailsByHash",
      "ots_getBlockTransactions",
      "ots_getContractCreator",
      "ots_getInternalOperations",
      "ots_getTransactionBySenderAndNonce",
      "ots_getTransactionError",
      "ots_hasCode",
      "ots_searchTransactionsAfter",
      "ots_searchTransactionsBefore",
      "ots_traceTransaction",
    ],
    reason: "for Otterscan; the console is an explorer",
  },
];

/** Methods that Anvil 1.7.1 answers. */
export const ANVIL_METHODS = namesIn(`
  anvil_addBalance anvil_autoImpersonateAccount anvil_dealERC20 anvil_dropAllTransactions
  anvil_dropTransaction anvil_dumpState anvil_getAutomine anvil_getBlobByHash
  anvil_getBlobsByTransactionHash anvil_getGenesisTime anvil_getIntervalMining anvil_impersonateAccount
  anvil_impersonateSignature anvil_increaseTime anvil_loadState anvil_metadata anvil_mine
  anvil_mine_detailed anvil_nodeInfo anvil_removeBlockTimestampInterval anvil_removePoolTransactions
  anvil_reorg anvil_reset anvil_revert anvil_rollback anvil_setAutomine anvil_setBalance
  anvil_setBlockGasLimit anvil_setBlockTimestampInterval anvil_setChainId anvil_setCode anvil_setCoinbase
  anvil_setERC20Allowance anvil_setERC20Balance anvil_setFeeAmmLiquidity anvil_setFeeToken
  anvil_setIntervalMining anvil_setLoggingEnabled anvil_setMinGasPrice anvil_setNextBlockBaseFeePerGas
  anvil_setNextBlockTimestamp anvil_setNonce anvil_setRpcUrl anvil_setStorageAt anvil_setTime
  anvil_setValidatorFeeToken anvil_snapshot anvil_stopImpersonatingAccount debug_codeByHash debug_dbGet
  debug_getRawTransaction debug_traceBlockByHash debug_traceBlockByNumber debug_traceCall
  debug_traceTransaction erigon_getHeaderByNumber eth_accounts eth_blobBaseFee eth_blockNumber eth_call
  eth_chainId eth_coinbase eth_config eth_createAccessList eth_estimateGas eth_feeHistory
  eth_fillTransaction eth_gasPrice eth_getAccount eth_getAccountInfo eth_getBalance eth_getBlockByHash
  eth_getBlockByNumber eth_getBlockReceipts eth_getBlockTransactionCountByHash
  eth_getBlockTransactionCountByNumber eth_getCode eth_getFilterChanges eth_getFilterLogs eth_getLogs
  eth_getProof eth_getRawTransactionByBlockHashAndIndex eth_getRawTransactionByBlockNumberAndIndex
  eth_getRawTransactionByHash eth_getStorageAt eth_getStorageValues eth_getTransactionByBlockHashAndIndex
  eth_getTransactionByBlockNumberAndIndex eth_getTransactionByHash eth_getTransactionBySenderAndNonce
  eth_getTransactionCount eth_getTransactionReceipt eth_getUncleByBlockHashAndIndex
  eth_getUncleByBlockNumberAndIndex eth_getUncleCountByBlockHash eth_getUncleCountByBlockNumber eth_getWork
  eth_hashrate eth_maxPriorityFeePerGas eth_networkId eth_newBlockFilter eth_newFilter
  eth_newPendingTransactionFilter eth_protocolVersion eth_requestAccounts eth_sendRawTransaction
  eth_sendRawTransactionSync eth_sendTransaction eth_sendTransactionSync eth_sendUnsignedTransaction
  eth_sign eth_signTransaction eth_signTypedData eth_signTypedData_v3 eth_signTypedData_v4 eth_simulateV1
  eth_submitHashrate eth_submitWork eth_subscribe eth_syncing eth_uninstallFilter eth_unsubscribe
  evm_increaseTime evm_mine evm_mine_detailed evm_revert evm_setAccountNonce evm_setAutomine
  evm_setBlockGasLimit evm_setIntervalMining evm_setNextBlockTimestamp evm_setTime evm_snapshot
  hardhat_addBalance hardhat_autoImpersonateAccount hardhat_dealERC20 hardhat_dropAllTransactions
  hardhat_dropTransaction hardhat_dumpState hardhat_getAutomine hardhat_impersonateAccount hardhat_loadState
  hardhat_metadata hardhat_mine hardhat_reset hardhat_setBalance hardhat_setCode hardhat_setCoinbase
  hardhat_setLoggingEnabled hardhat_setMinGasPrice hardhat_setNextBlockBaseFeePerGas hardhat_setNonce
  hardhat_setStorageAt hardhat_stopImpersonatingAccount net_listening net_version ots_getApiLevel
  ots_getBlockDetails ots_getBlockDetailsByHash ots_getBlockTransactions ots_getContractCreator
  ots_getInternalOperations ots_getTransactionBySenderAndNonce ots_getTransactionError ots_hasCode
  ots_searchTransactionsAfter ots_searchTransactionsBefore ots_traceTransaction personal_sign
  tenderly_addBalance tenderly_setBalance trace_block trace_filter trace_replayBlockTransactions
  trace_transaction txpool_content txpool_inspect txpool_status web3_clientVersion web3_sha3
`);

/** Methods that Hardhat's node 2.28.0 answers. */
export const HARDHAT_METHODS = namesIn(`
  debug_traceCall debug_traceTransaction eth_accounts eth_blobBaseFee eth_blockNumber eth_call eth_chainId
  eth_coinbase eth_estimateGas eth_feeHistory eth_gasPrice eth_getBalance eth_getBlockByHash
  eth_getBlockByNumber eth_getBlockTransactionCountByHash eth_getBlockTransactionCountByNumber eth_getCode
  eth_getFilterChanges eth_getFilterLogs eth_getLogs eth_getStorageAt eth_getTransactionByBlockHashAndIndex
  eth_getTransactionByBlockNumberAndIndex eth_getTransactionByHash eth_getTransactionCount
  eth_getTransactionReceipt eth_maxPriorityFeePerGas eth_mining eth_newBlockFilter eth_newFilter
  eth_newPendingTransactionFilter eth_pendingTransactions eth_sendRawTransaction eth_sendTransaction
  eth_sign eth_signTypedData_v4 eth_subscribe eth_syncing eth_uninstallFilter eth_unsubscribe
  evm_increaseTime evm_mine evm_revert evm_setAutomine evm_setBlockGasLimit evm_setIntervalMining
  evm_setNextBlockTimestamp evm_snapshot hardhat_addCompilationResult hardhat_dropTransaction
  hardhat_getAutomine hardhat_getStackTraceFailuresCount hardhat_impersonateAccount hardhat_metadata
  hardhat_mine hardhat_reset hardhat_setBalance hardhat_setCode hardhat_setCoinbase
  hardhat_setLoggingEnabled hardhat_setMinGasPrice hardhat_setNextBlockBaseFeePerGas hardhat_setNonce
  hardhat_setPrevRandao hardhat_setStorageAt hardhat_stopImpersonatingAccount net_listening net_peerCount
  net_version personal_sign web3_clientVersion web3_sha3
`);

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
