import type { ChainBlock, LogEntry, Receipt } from "@trellis/protocol";
import { expect, it } from "vitest";
import { sizeOfChainBlock, sizeOfExecution } from "./blockSizes.ts";

const log: LogEntry = { address: `0x${"11".repeat(20)}`, topics: [], data: new Uint8Array(1_000) };

function executedWith(logs: readonly LogEntry[]) {
  const transactions = [{ receipt: { logs } as Receipt }] as unknown as ChainBlock["transactions"];
  return { size: 0, transactions, skipped: [] as ChainBlock["skipped"] } as ChainBlock;
}

it("logs count with their data: caches of executed blocks stay bounded", () => {
  const added = (few: number, many: number) => many - few;
  const [one, thousand] = [executedWith([log]), executedWith(Array<LogEntry>(1_000).fill(log))];
  expect(added(sizeOfChainBlock(one), sizeOfChainBlock(thousand))).toBeGreaterThan(999 * 1_000);
  const executions = [one, thousand].map(({ transactions }) => ({ accepted: transactions as never }));
  expect(added(sizeOfExecution(executions[0]!), sizeOfExecution(executions[1]!))).toBeGreaterThan(
    999 * 1_000,
  );
});
