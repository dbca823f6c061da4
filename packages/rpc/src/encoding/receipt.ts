import { bytesToHex, quantityToHex } from "@trellis/base";
import type { ChainBlock } from "@trellis/protocol";
import { encodeLogs } from "./log.ts";

/** A receipt, as eth_getTransactionReceipt gives it. */
export function encodeReceipt(block: ChainBlock, index: number): object {
  const { transaction, sender, receipt } = block.transactions[index]!;
  return {
    transactionHash: transaction.hash,
    transactionIndex: quantityToHex(index),
    blockHash: block.hash,
    blockNumber: quantityToHex(block.header.number),
    from: sender,
    to: transaction.to,
    contractAddress: receipt.contractAddress,
    status: quantityToHex(receipt.status),
    type: quantityToHex(receipt.type),
    gasUsed: quantityToHex(receipt.gasUsed),
    cumulativeGasUsed: quantityToHex(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantityToHex(receipt.effectiveGasPrice),
    logs: encodeLogs(block, index),
    logsBloom: bytesToHex(receipt.logsBloom),
  };
}
