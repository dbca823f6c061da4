import { protocolErrors } from "../errors.ts";
import { encodeRlp, RlpEncoded } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import { encodeEnvelope } from "../transaction/envelope.ts";
import { UINT64_MAX } from "../transaction/limits.ts";
import { TRANSACTION_TYPES, type TransactionType } from "../transaction/Transaction.ts";
import type { Hash } from "../words.ts";
import { logsBloom } from "./bloom.ts";
import { encodeLogs } from "./encodeLogs.ts";
import type { LogEntry, Receipt } from "./Receipt.ts";

/** The form that receiptsRoot commits to (EIP-658, EIP-2718). [BLOCK-12] */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { type, status, cumulativeGasUsed, logs } = receipt;
  const fields = [status, cumulativeGasUsed, receipt.logsBloom, new RlpEncoded(encodeLogs(logs))];
  return type === TRANSACTION_TYPES.legacy ? encodeRlp(fields) : encodeEnvelope(type, fields);
}

/** The form that is stored: everything but the bloom, which follows from the logs. [BLOCK-13] */
export function encodeReceiptRecord(receipt: Receipt): Uint8Array {
  return encodeRlp([
    receipt.type,
    receipt.status,
    receipt.cumulativeGasUsed,
    new RlpEncoded(encodeLogs(receipt.logs)),
    receipt.transactionHash,
    receipt.gasUsed,
    receipt.effectiveGasPrice,
    receipt.contractAddress ?? "0x",
  ]);
}

/** @throws TX_TYPE_UNSUPPORTED, and what RlpReader throws */
export function decodeReceiptRecord(bytes: Uint8Array): Receipt {
  const fields = openRlpList(bytes, "receipt");
  const type = readType(fields);
  const status = fields.readNumber("status", 1) === 1 ? 1 : 0;
  const cumulativeGasUsed = fields.readUint("cumulativeGasUsed", UINT64_MAX);
  const logs = readLogs(fields.readList("logs"));
  const transactionHash = fields.readHash("transactionHash");
  const gasUsed = fields.readUint("gasUsed", UINT64_MAX);
  const effectiveGasPrice = fields.readUint("effectiveGasPrice");
  const contractAddress = fields.readAddressOrNull("contractAddress");
  fields.finish("receipt");
  const derived = { transactionHash, gasUsed, effectiveGasPrice, contractAddress };
  return { type, status, cumulativeGasUsed, logsBloom: logsBloom(logs), logs, ...derived };
}

function readType(fields: RlpReader): TransactionType {
  const number = fields.readNumber("type");
  const type = Object.values(TRANSACTION_TYPES).find((known) => known === number);
  if (type === undefined) throw protocolErrors.TX_TYPE_UNSUPPORTED({ type: number });
  return type;
}

/** LOG4 has four topics. */
const TOPICS_MAX = 4;

function readLogs(list: RlpReader): LogEntry[] {
  const logs: LogEntry[] = [];
  while (!list.isDone) {
    const log = list.readList("log");
    const address = log.readAddress("log address");
    const topics = readTopics(log.readList("log topics"));
    const data = log.readBytes("log data").slice();
    log.finish("log");
    logs.push({ address, topics, data });
  }
  return logs;
}

function readTopics(list: RlpReader): Hash[] {
  const topics: Hash[] = [];
  while (!list.isDone) {
    if (topics.length === TOPICS_MAX) {
      throw protocolErrors.RLP_TOO_MANY_ITEMS({ field: "log topics", countMax: TOPICS_MAX });
    }
    topics.push(list.readHash("log topic"));
  }
  return topics;
}
