import { type Hex, isHex, type TrellisError } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import type { ChainBlock, ChainLog, ChainReceipt } from "./ChainClient.ts";
import type { BlockReference } from "./ChainView.ts";

// What a node answers, checked: a node may be broken, of another kind, or lie.

/** Reads one node's answers; what is not of the form that was asked for is NODE_ANSWER_INVALID. */
export function createAnswerReader(node: string) {
  const invalid = (expected: string): TrellisError => clientErrors.NODE_ANSWER_INVALID({ node, expected });

  function object(value: unknown, expected: string): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(expected);
    return value as Readonly<Record<string, unknown>>;
  }
  function hex(value: unknown, expected: string, byteLength?: number): Hex {
    if (!isHex(value, byteLength)) throw invalid(expected);
    return value.toLowerCase() as Hex;
  }
  function quantity(value: unknown, expected = "quantity"): bigint {
    if (typeof value !== "string" || !QUANTITY.test(value)) throw invalid(expected);
    return BigInt(value);
  }
  function number(value: unknown, expected: string): number {
    const read = Number(quantity(value, expected));
    if (!Number.isSafeInteger(read)) throw invalid(expected);
    return read;
  }
  function blockOf(fields: Readonly<Record<string, unknown>>): BlockReference {
    return {
      height: number(fields.blockNumber, "block number"),
      hash: hex(fields.blockHash, "block hash", 32),
    };
  }

  return {
    object,
    list(value: unknown, expected: string): readonly unknown[] {
      if (!Array.isArray(value)) throw invalid(expected);
      return value;
    },
    /** A number of JSON. */
    count(value: unknown, expected: string): number {
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw invalid(expected);
      return value;
    },
    hex,
    quantity,
    number,
    block(value: unknown): ChainBlock {
      const fields = object(value, "block");
      const { baseFeePerGas } = fields;
      return {
        height: number(fields.number, "block number"),
        hash: hex(fields.hash, "block hash", 32),
        parentHash: hex(fields.parentHash, "parent hash", 32),
        timeSeconds: number(fields.timestamp, "block time"),
        baseFeeWei: baseFeePerGas == null ? undefined : quantity(baseFeePerGas, "base fee"),
      };
    },
    receipt(value: unknown, transactionHash: Hex): ChainReceipt {
      const fields = object(value, "receipt");
      if (hex(fields.transactionHash, "receipt", 32) !== transactionHash) throw invalid("its receipt");
      if (fields.status !== "0x0" && fields.status !== "0x1") throw invalid("receipt's status");
      const { contractAddress, effectiveGasPrice, l1Fee } = fields;
      return {
        transactionHash,
        block: blockOf(fields),
        isReverted: fields.status === "0x0",
        gasUsed: quantity(fields.gasUsed, "gas used"),
        ...(effectiveGasPrice != null && { gasPriceWei: quantity(effectiveGasPrice, "gas price") }),
        ...(l1Fee != null && { l1FeeWei: quantity(l1Fee, "L1 fee") }),
        contractAddress: contractAddress == null ? undefined : hex(contractAddress, "contract address", 20),
      };
    },
    logs(value: unknown): ChainLog[] {
      if (!Array.isArray(value)) throw invalid("logs");
      return value.map((item) => {
        const fields = object(item, "log");
        if (fields.removed === true || !Array.isArray(fields.topics)) throw invalid("log");
        return {
          address: hex(fields.address, "log's address", 20),
          topics: fields.topics.map((topic) => hex(topic, "log's topic", 32)),
          data: hex(fields.data, "log's data"),
          block: blockOf(fields),
          transactionHash: hex(fields.transactionHash, "log's transaction", 32),
          logIndex: number(fields.logIndex, "log's index"),
        };
      });
    },
  };
}

const QUANTITY = /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/;
