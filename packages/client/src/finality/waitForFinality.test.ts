import type { Hex, Scheduler } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import { FakeChain, failing } from "@trellis/kit/fakeChain";
import { beforeEach, describe, expect, it } from "vitest";
import type { BlockReference } from "../evm/ChainView.ts";
import { createSender } from "../sending/createSender.ts";
import { placeOfBlock } from "./placeOfBlock.ts";
import { waitForFinality } from "./waitForFinality.ts";

const call = { to: `0x${"b2".repeat(20)}` as Hex, data: "0x01" as Hex };
const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

let chain: FakeChain;
let hash: Hex;
let nowMs: number;
let reverts: boolean;
beforeEach(async () => {
  reverts = false;
  nowMs = 0;
  chain = new FakeChain(7331, {
    isReverted: () => reverts,
    call: () => "0x",
    code: () => "0x",
    logs: () => [],
  });
  const signer = createLocalSigner(new Uint8Array(32).fill(7));
  const sender = createSender({ chainId: 7331, feeLimitWei: 1_000n }, { client: chain.client(), signer });
  ({ hash } = await sender.send(call));
});

function wait(events: readonly (() => void)[], client = chain.client(), heard: BlockReference[] = []) {
  const rest = [...events];
  const scheduler: Scheduler = {
    after(delayMs, task) {
      nowMs += delayMs;
      rest.shift()?.();
      queueMicrotask(task);
      return { cancel() {} };
    },
  };
  const options = {
    rule: "finalized",
    pollMs: 10,
    timeoutMs: 500,
    reorganised: (was: BlockReference) => heard.push(was),
  } as const;
  return waitForFinality(client, hash, options, { clock: { nowMs: () => nowMs }, scheduler });
}
const mine = () => chain.mine();
const finalize = () => {
  chain.finalHeight = chain.head.height;
};

describe("finality of a transaction", () => {
  it("waits until mined, then until final", async () => {
    expect(await wait([mine, mine, finalize])).toMatchObject({ transactionHash: hash, block: { height: 1 } });
  });

  it("reports a reorganisation, and follows the transaction to its new block", async () => {
    const heard: BlockReference[] = [];
    const reorganise = () => chain.reorganise(1);
    const { block } = await wait([mine, reorganise, mine, finalize], chain.client(), heard);
    expect(block.height).toBe(3);
    expect(heard.map(({ height }) => height)).toEqual([1]);
  });

  it("temporary failures of nodes are not a reorganisation", async () => {
    const heard: BlockReference[] = [];
    let asked = 0;
    const flaky = failing(chain.client(), () => asked++ % 5 === 1);
    await wait([mine, mine, mine, finalize], flaky, heard);
    expect(heard).toEqual([]);
  });

  it("TRANSACTION_REVERTED: only once the revert is final", async () => {
    reverts = true;
    await expect(wait([mine, finalize])).rejects.toEqual(refusal("TRANSACTION_REVERTED", { height: 1 }));
  });

  it("TRANSACTION_NOT_FINAL", async () => {
    await expect(wait([])).rejects.toEqual(
      refusal("TRANSACTION_NOT_FINAL", { timeoutMs: 500, height: undefined }),
    );
    nowMs = 0;
    await expect(wait([mine])).rejects.toEqual(refusal("TRANSACTION_NOT_FINAL", { height: 1 }));
  });

  it("NODE_OF_OTHER_CHAIN and similar errors end the wait", async () => {
    const client = { ...chain.client(), receipt: () => Promise.reject(refusedForGood()) };
    await expect(wait([], client)).rejects.toThrow("refused");
  });
});

describe("position of a block", () => {
  it("is final by confirmations", async () => {
    mine();
    const block = chain.head;
    const place = () => placeOfBlock(chain.client(), block, { confirmations: 2 });
    expect(await place()).toBe("canonical");
    mine();
    mine();
    expect(await place()).toBe("final");
    expect(await placeOfBlock(chain.client(), block, "finalized")).toBe("canonical");
    chain.reorganise(3);
    expect(await place()).toBe("reorganised");
  });

  it("NODE_BLOCK_UNKNOWN: a lagging node is not a reorganisation", async () => {
    const ahead = { height: 9, hash };
    await expect(placeOfBlock(chain.client(), ahead, "finalized")).rejects.toEqual(
      refusal("NODE_BLOCK_UNKNOWN"),
    );
  });
});

const refusedForGood = () => new TypeError("refused");
