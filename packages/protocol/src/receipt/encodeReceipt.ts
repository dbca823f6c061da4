import { protocolErrors } from "../errors.ts";
import { encodeEnvelope, encodeRlp, RlpEncoded } from "../rlp/encodeRlp.ts";
import { openRlpList, type RlpReader } from "../rlp/RlpReader.ts";
import { UINT64_MAX } from "../transaction/limits.ts";
import { TRANSACTION_TYPES } from "../transaction/Transaction.ts";
import { encodeLogs } from "./encodeLogs.ts";
import { DELIVERY_TYPE, type Receipt } from "./Receipt.ts";
import { type Guard, StoredLogs, withStoredLogs } from "./storedLogs.ts";

/** [BLOCK-12] */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { type, status, cumulativeGasUsed, logs } = receipt;
  const fields = [status, cumulativeGasUsed, receipt.logsBloom, new RlpEncoded(encodeLogs(logs))];
  return type === TRANSACTION_TYPES.legacy ? encodeRlp(fields) : encodeEnvelope(type, fields);
}

/** [BLOCK-13] */
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

/**
 * Decodes logs and bloom on each access, because they can take megabytes.
 * @param guard wraps later decoding
 * @throws TX_TYPE_UNSUPPORTED, RLP_INVALID; invalid logs throw on access
 */
export function decodeReceiptRecord(bytes: Uint8Array, guard?: Guard): Receipt {
  const fields = openRlpList(bytes, "receipt");
  const type = readType(fields);
  const status = fields.readNumber("status", 1) === 1 ? 1 : 0;
  const cumulativeGasUsed = fields.readUint("cumulativeGasUsed", UINT64_MAX);
  const logs = new StoredLogs(fields.readList("logs"), guard);
  const transactionHash = fields.readHash("transactionHash");
  const gasUsed = fields.readUint("gasUsed", UINT64_MAX);
  const effectiveGasPrice = fields.readUint("effectiveGasPrice");
  const contractAddress = fields.readAddressOrNull("contractAddress");
  fields.finish("receipt");
  const derived = { transactionHash, gasUsed, effectiveGasPrice, contractAddress };
  return withStoredLogs({ type, status, cumulativeGasUsed, ...derived }, logs);
}

function readType(fields: RlpReader): Receipt["type"] {
  const number = fields.readNumber("type");
  if (number === DELIVERY_TYPE) return number;
  const type = Object.values(TRANSACTION_TYPES).find((known) => known === number);
  if (type === undefined) throw protocolErrors.TX_TYPE_UNSUPPORTED({ type: number });
  return type;
}
