import { type Hex, isHex, type TrellisError } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import type { ChainBlock, ChainLog, ChainReceipt } from "./ChainClient.ts";
import type { BlockReference } from "./ChainView.ts";

/** Validates answers: nodes may be malicious. @throws NODE_UNREACHABLE */
export class AnswerReader {
  readonly #node: string;

  constructor(node: string) {
    this.#node = node;
  }

  object(value: unknown, expected: string): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.invalid(expected);
    return value as Readonly<Record<string, unknown>>;
  }

  list(value: unknown, expected: string): readonly unknown[] {
    if (!Array.isArray(value)) throw this.invalid(expected);
    return value;
  }

  count(value: unknown, expected: string): number {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw this.invalid(expected);
    return value;
  }

  hex(value: unknown, expected: string, byteLength?: number): Hex {
    if (!isHex(value, byteLength)) throw this.invalid(expected);
    return value.toLowerCase() as Hex;
  }

  quantity(value: unknown, expected = "quantity"): bigint {
    if (typeof value !== "string" || !QUANTITY.test(value)) throw this.invalid(expected);
    return BigInt(value);
  }

  number(value: unknown, expected: string): number {
    const read = Number(this.quantity(value, expected));
    if (!Number.isSafeInteger(read)) throw this.invalid(expected);
    return read;
  }

  block(value: unknown): ChainBlock {
    const fields = this.object(value, "block");
    const { baseFeePerGas } = fields;
    return {
      height: this.number(fields.number, "block number"),
      hash: this.hex(fields.hash, "block hash", 32),
      parentHash: this.hex(fields.parentHash, "parent hash", 32),
      timeSeconds: this.number(fields.timestamp, "block time"),
      baseFeeWei: baseFeePerGas == null ? undefined : this.quantity(baseFeePerGas, "base fee"),
    };
  }

  receipt(value: unknown, transactionHash: Hex): ChainReceipt {
    const fields = this.object(value, "receipt");
    if (this.hex(fields.transactionHash, "receipt", 32) !== transactionHash)
      throw this.invalid("its receipt");
    if (fields.status !== "0x0" && fields.status !== "0x1") throw this.invalid("receipt's status");
    const { contractAddress, effectiveGasPrice, l1Fee } = fields;
    return {
      transactionHash,
      block: this.#blockOf(fields),
      isReverted: fields.status === "0x0",
      gasUsed: this.quantity(fields.gasUsed, "gas used"),
      ...(effectiveGasPrice != null && { gasPriceWei: this.quantity(effectiveGasPrice, "gas price") }),
      ...(l1Fee != null && { l1FeeWei: this.quantity(l1Fee, "L1 fee") }),
      contractAddress:
        contractAddress == null ? undefined : this.hex(contractAddress, "contract address", 20),
    };
  }

  logs(value: unknown): ChainLog[] {
    return this.list(value, "logs").map((item) => {
      const fields = this.object(item, "log");
      if (fields.removed === true) throw this.invalid("log");
      return {
        address: this.hex(fields.address, "log's address", 20),
        topics: this.list(fields.topics, "log").map((topic) => this.hex(topic, "log's topic", 32)),
        data: this.hex(fields.data, "log's data"),
        block: this.#blockOf(fields),
        transactionHash: this.hex(fields.transactionHash, "log's transaction", 32),
        logIndex: this.number(fields.logIndex, "log's index"),
      };
    });
  }

  invalid(expected: string): TrellisError {
    return clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node: this.#node, expected });
  }

  #blockOf(fields: Readonly<Record<string, unknown>>): BlockReference {
    return {
      height: this.number(fields.blockNumber, "block number"),
      hash: this.hex(fields.blockHash, "block hash", 32),
    };
  }
}

const QUANTITY = /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/;
