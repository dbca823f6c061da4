import { FakeChainView } from "@trellis/kit/chainView";
import type { Hash } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { rpcErrors } from "../../errors.ts";
import { FakeNode } from "../../testing/FakeNode.ts";

const WORD: Hash = `0x${"01".repeat(32)}`;
const refused = rpcErrors.RPC_REQUEST_REFUSED({ reason: "the forked chain's node does not answer" });

it("RPC-32: eth_capabilities has the oldest block, state and proof", async () => {
  const node = new FakeNode();
  for (let count = 0; count < 4; count++) node.chain.add();
  node.chain.oldest = 1;
  node.chain.stateFrom = { reads: 2, proofs: 3 };
  const from = (oldestBlock: string) => ({ disabled: false, oldestBlock });
  const blocks = from("0x1");
  expect(await node.result("eth_capabilities")).toEqual({
    head: { number: "0x4", hash: node.chain.head().hash },
    ...{ state: from("0x2"), stateproofs: from("0x3") },
    ...{ blocks, tx: blocks, receipts: blocks, logs: blocks },
  });
});

describe("RPC-32: eth_capabilities of a fork has no proofs, and what the forked chain's node has", () => {
  const FIRST = 3;
  const capabilitiesWith = (request: () => Promise<unknown>) => {
    const chain = new FakeChainView();
    const { genesis } = chain.parameters;
    Object.assign(chain, { parameters: { ...chain.parameters, genesis: { ...genesis, number: FIRST } } });
    for (let count = 0; count < 4; count++) chain.add();
    chain.oldest = FIRST;
    chain.stateFrom = { reads: FIRST, proofs: FIRST };
    const forked = { url: "http://127.0.0.1:1", chainId: 5, number: FIRST - 1, hash: WORD, request };
    return new FakeNode({ chain, forked }).result("eth_capabilities");
  };
  const from = (oldestBlock: string) => ({ disabled: false, oldestBlock });
  const own = from("0x3");
  const onlyOwn = { state: own, tx: own, logs: own, receipts: own, blocks: own };

  it("each kind of data for itself", async () => {
    const theirs = { state: from("0x2"), blocks: from("0x0"), tx: { disabled: true }, logs: from("0x9") };
    expect(await capabilitiesWith(async () => ({ ...theirs, receipts: { disabled: false } }))).toMatchObject({
      ...{ ...onlyOwn, state: from("0x2"), blocks: from("0x0") },
      stateproofs: { disabled: true },
    });
  });

  it.each([
    ["does not know the method", async () => Promise.reject(refused)],
    ["returns null", async () => null],
    ["returns no numbers", async () => ({ ...onlyOwn, state: from("two") })],
    ["returns other fields", async () => ({})],
  ])("the node %s", async (_, request) => {
    const answer = (await capabilitiesWith(request)) as object;
    expect(answer).toEqual({ head: expect.any(Object), ...onlyOwn, stateproofs: { disabled: true } });
  });
});
