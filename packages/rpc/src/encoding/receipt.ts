import { bytesToHex, quantityToHex } from "@trellis/base";
import { entryParties } from "@trellis/contracts";
import { type ChainBlock, entryAt } from "@trellis/protocol";
import { encodeLog, placedLogs } from "./log.ts";

export function encodeReceiptFields(block: ChainBlock, index: number): object {
  const entry = entryAt(block, index)!;
  const { receipt } = entry;
  return {
    transactionHash: receipt.transactionHash,
    transactionIndex: quantityToHex(index),
    blockHash: block.hash,
    blockNumber: quantityToHex(block.header.number),
    ...entryParties(entry),
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
