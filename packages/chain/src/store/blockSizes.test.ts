import {
  type ChainBlock,
  decodeReceiptRecord,
  encodeReceiptRecord,
  type LogEntry,
  type Receipt,
} from "@trellis/protocol";
import { expect, it } from "vitest";
import { sizeOfChainBlock, sizeOfExecution } from "./blockSizes.ts";

const log: LogEntry = { address: `0x${"11".repeat(20)}`, topics: [], data: new Uint8Array(1_000) };

const FIELDS = {
  type: 2,
  status: 1,
  cumulativeGasUsed: 1n,
  gasUsed: 1n,
  effectiveGasPrice: 1n,
  transactionHash: `0x${"22".repeat(32)}`,
  contractAddress: null,
};

function executedWith(logs: readonly LogEntry[]) {
  const transactions = [{ receipt: { logs } as Receipt }] as unknown as ChainBlock["transactions"];
  return { size: 0, transactions, skipped: [] as ChainBlock["skipped"] } as ChainBlock;
}

it("logs count with their data, so that caches of executed blocks stay bounded", () => {
  const added = (few: number, many: number) => many - few;
  const [one, thousand] = [executedWith([log]), executedWith(Array<LogEntry>(1_000).fill(log))];
  expect(added(sizeOfChainBlock(one), sizeOfChainBlock(thousand))).toBeGreaterThan(999 * 1_000);
  const executions = [one, thousand].map(({ transactions }) => ({ accepted: transactions as never }));
  expect(added(sizeOfExecution(executions[0]!), sizeOfExecution(executions[1]!))).toBeGreaterThan(
    999 * 1_000,
  );
});

it("RPC-26: logs of a store count by their stored size, without decoding", () => {
  const undecoded = () => {
    throw new RangeError("nobody asked for the logs");
  };
  const { transactions } = executedWith(Array<LogEntry>(1_000).fill(log));
  const full = { ...FIELDS, logs: transactions[0]!.receipt.logs } as Receipt;
  const stored = decodeReceiptRecord(encodeReceiptRecord(full), undecoded);
  const block = { ...executedWith([]), transactions: [{ receipt: stored }] } as unknown as ChainBlock;
  expect(sizeOfChainBlock(block)).toBeGreaterThan(1_000 * log.data.length);
  expect(() => stored.logs).toThrow(RangeError);
});
