import { bytesToHex, quantityToHex } from "@trellis/base";
import {
  type ChainBlock,
  type DagBlock,
  type Hash,
  type Header,
  messageId,
  type StreamStatus,
  type TransactionStatus,
} from "@trellis/protocol";

export function encodeDagHeader(hash: Hash, header: Header): object {
  return {
    hash,
    version: header.version,
    shard: header.shard,
    parents: header.parents,
    number: quantityToHex(header.number),
    blueScore: quantityToHex(header.blueScore),
    blueWork: quantityToHex(header.blueWork),
    daaScore: quantityToHex(header.daaScore),
    timestampMs: quantityToHex(header.timestampMs),
    stream: header.stream,
    bits: quantityToHex(header.bits),
    miner: header.miner,
    finalized: header.finalized,
    extraData: bytesToHex(header.extra),
    bodyRoot: header.bodyRoot,
    stateRoot: header.stateRoot,
    seal: { branch: header.seal.branch, nonce: quantityToHex(header.seal.nonce) },
  };
}

export function encodeDagBlock(block: DagBlock): object {
  return {
    ...encodeDagHeader(block.hash, block.header),
    children: block.children,
    blues: block.blues,
    reds: block.reds,
    color: block.color ?? null,
    isChainBlock: block.isChainBlock,
    mergedBy: block.mergedBy ?? null,
    isDisqualified: block.isDisqualified,
    transactions: block.transactionHashes,
  };
}

export function encodeChainBlock(block: ChainBlock): object {
  const { hash, header, timestamp } = block;
  return {
    hash,
    number: quantityToHex(header.number),
    parentHash: header.parents[0] ?? null,
    blueScore: quantityToHex(header.blueScore),
    timestamp: quantityToHex(timestamp),
    miner: header.miner,
    gasUsed: quantityToHex(header.gasUsed),
    baseFeePerGas: quantityToHex(header.baseFee),
    carriers: block.carriers,
    ...(block.deliveries && {
      deliveries: block.deliveries.map(({ message, receipt }) => ({
        hash: receipt.transactionHash,
        source: message.source,
        message: messageId(message),
      })),
    }),
    transactions: block.transactions.map(({ transaction, carrier }) => ({ hash: transaction.hash, carrier })),
    skipped: block.skipped.map(({ transactionHash, carrier, reason }) => ({
      hash: transactionHash,
      carrier,
      reason,
    })),
  };
}

export function encodeTransactionStatus(status: TransactionStatus): object {
  if (status.kind !== "accepted" && status.kind !== "finalized") return { ...status };
  const { kind, carriers, block, blockNumber, index, confirmations } = status;
  return {
    kind,
    carriers,
    blockHash: block,
    blockNumber: quantityToHex(blockNumber),
    transactionIndex: quantityToHex(index),
    confirmations,
  };
}

export function encodeStream(stream: StreamStatus): object {
  return {
    name: stream.name,
    algorithm: stream.algorithm,
    bits: quantityToHex(stream.bits),
    difficulty: quantityToHex(stream.difficulty),
    targetIntervalMs: stream.targetIntervalMs,
    subsidyWei: quantityToHex(stream.subsidyWei),
    recentBlocks: stream.recentBlocks,
    windowBlocks: stream.windowBlocks,
  };
}
