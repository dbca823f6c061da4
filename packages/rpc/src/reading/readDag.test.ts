import { testTransaction } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode, type FakeNodeOptions } from "../testing/FakeNode.ts";

function slowDag(options: FakeNodeOptions = {}) {
  const node = new FakeNode(options);
  const { chain, time } = node;
  for (let nonce = 0n; nonce < 9n; nonce++) {
    chain.add({ transactions: [{ signed: testTransaction({ nonce }) }] });
  }
  const read: string[] = [];
  const dagBlock = chain.dagBlock.bind(chain);
  chain.dagBlock = (hash) => {
    read.push(hash);
    time.advance(11);
    return dagBlock(hash);
  };
  return { node, read };
}

describe("trellis_getDag", () => {
  it("yields between blocks", async () => {
    const { node, read } = slowDag();
    const all = node.result("trellis_getDag", "0x0", "0x9");
    expect(read).toHaveLength(1);
    expect(await all).toMatchObject(read.map((hash) => ({ hash })));
    expect(read).toHaveLength(10);
  });

  it("RPC_RESPONSE_TOO_LARGE as soon as the limit is reached", async () => {
    const { node, read } = slowDag({ limits: { responseBytesMax: 4_000 } });
    const { error } = await node.call("trellis_getDag", "0x0", "0x9");
    expect(error).toMatchObject({ code: -32003 });
    expect(read.length).toBeLessThan(6);
  });

  it("RPC_CALL_TIMED_OUT", async () => {
    const { node } = slowDag({ limits: { callTimeMs: 50 } });
    const { error } = await node.call("trellis_getDag", "0x0", "0x9");
    expect(error?.message).toMatch(/^execution aborted/);
  });
});
