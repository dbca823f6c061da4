import { systemScheduler } from "@trellis/platform/system";
import type { Address } from "@trellis/protocol";
import { afterEach, expect, it } from "vitest";
import { type ForkThread, startForkThread } from "./startForkThread.ts";
import { BLOCK_NUMBER, type FakeNode, openFakeNode } from "./testing/openFakeNode.ts";

const RICH: Address = `0x${"11".repeat(20)}`;

let node: FakeNode | undefined;
let thread: ForkThread | undefined;
afterEach(async () => {
  await thread?.end();
  await node?.close();
  thread = node = undefined;
});

async function open() {
  node = await openFakeNode(new Map([[RICH, { nonce: 3n, balance: 5n }]]));
  thread = startForkThread(node.url, systemScheduler, 300);
  return { node, thread, block: await thread.ask({ kind: "find", number: "latest" }) };
}

it("answers questions of a thread that waits [DEV-7]", async () => {
  const { thread, block } = await open();
  expect(block.number).toBe(BLOCK_NUMBER);
  expect(await thread.ask({ kind: "check", block })).toBe(true);
  const { account } = await thread.ask({ kind: "account", block, address: RICH });
  expect(account).toMatchObject({ nonce: 3n, balance: 5n });
});

it("FORK_READ_FAILED: no answer in time; the late answer is not taken for the next one", async () => {
  const { thread, block } = await open();
  // The node cannot answer, because this thread is blocked.
  const account = { kind: "account", block, address: RICH } as const;
  const late = expect.objectContaining({ code: "FORK_READ_FAILED", facts: { reason: "no answer in time" } });
  expect(() => thread.askNow(account)).toThrow(late);
  await thread.ask(account);
  expect(() => thread.askNow({ kind: "find", number: "latest" })).toThrow(late);
});

it("FORK_READ_FAILED: refused, with the facts", async () => {
  const { node, thread, block } = await open();
  node.answer = (_asked, _honest, response) => {
    response.statusCode = 404;
    response.end();
  };
  const failure = expect.objectContaining({
    code: "FORK_READ_FAILED",
    facts: { host: new URL(node.url).host, reason: "HTTP status 404" },
  });
  await expect(thread.ask({ kind: "account", block, address: RICH })).rejects.toEqual(failure);
});

it("FORK_READ_FAILED: reading thread ended", async () => {
  const { thread } = await open();
  await thread.end();
  const ended = expect.objectContaining({
    code: "FORK_READ_FAILED",
    facts: { reason: "reading thread ended" },
  });
  await expect(thread.ask({ kind: "find", number: "latest" })).rejects.toEqual(ended);
  expect(() => thread.askNow({ kind: "find", number: "latest" })).toThrow(ended);
});
