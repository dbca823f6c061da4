import * as crypto from "@trellis/crypto";
import { FakeChainView, TARGET, testLog, testTopic, testTransaction } from "@trellis/kit/chainView";
import { expect, it, vi } from "vitest";
import { logCriteria } from "../decoding/logCriteria.ts";
import { matchLogs } from "./matchLogs.ts";

vi.mock("@trellis/crypto", { spy: true });

const addressOf = (index: number) => `0x${index.toString(16).padStart(40, "0")}`;

it("hashes the criteria of a filter once for any number of blocks [RPC-17]", () => {
  const chain = new FakeChainView();
  const logs = [testLog(TARGET, 1)];
  const blocks = [chain.add(), chain.add({ transactions: [{ signed: testTransaction(), logs }] })];
  const keccak256 = vi.mocked(crypto.keccak256);
  keccak256.mockClear();
  const topics = [Array.from({ length: 256 }, (_, byte) => testTopic(byte))];
  const others = Array.from({ length: 999 }, (_, index) => addressOf(index));
  const criteria = logCriteria.decode({ address: [...others, TARGET], topics });
  expect(keccak256).toHaveBeenCalledTimes(1_256);
  const found = blocks.map((block) => [...matchLogs(block, criteria)].length);
  expect(found).toEqual([0, 1]);
  expect(keccak256).toHaveBeenCalledTimes(1_256);
});

it("the reader may pause while it scans many unmatched logs [RPC-17]", () => {
  const chain = new FakeChainView();
  const logs = [...Array<number>(1_000).fill(2), 1].map((topic) => testLog(TARGET, topic));
  const block = chain.add({ transactions: [{ signed: testTransaction(), logs }] });
  const found = [...matchLogs(block, logCriteria.decode({ topics: [testTopic(1)] }))];
  expect(found.filter((placed) => placed !== undefined)).toMatchObject([{ logIndex: 1_000 }]);
  expect(found.length).toBeGreaterThan(10);
});
