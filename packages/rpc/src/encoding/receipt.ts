import { bytesToHex, quantityToHex } from "@trellis/base";
import type { ChainBlock } from "@trellis/protocol";
import { encodeLog, placedLogs } from "./log.ts";

export function encodeReceiptFields(block: ChainBlock, index: number): object {
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
    logsBloom: bytesToHex(receipt.logsBloom),
  };
}

export function encodeReceipt(block: ChainBlock, index: number): object {
  const logs = [...placedLogs(block, index)].map((placed) => encodeLog(block, placed, false));
  return { ...encodeReceiptFields(block, index), logs };
}
