import { TARGET } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

describe("eth_getStorageValues", () => {
  const request = (slots: number) => Array.from({ length: slots }, (_, slot) => `0x${slot.toString(16)}`);

  it("answers with the keys as given", async () => {
    const node = new FakeNode();
    const other = `0x${"AB".repeat(20)}`;
    const zero = `0x${"00".repeat(32)}`;
    const requests = { [TARGET]: ["0x0", "0x1"], [other]: [] };
    expect(await node.result("eth_getStorageValues", requests)).toEqual({
      [TARGET]: [zero, zero],
      [other]: [],
    });
  });

  it.each([
    [{}, "empty request"],
    [{ [TARGET]: [] }, "empty request"],
    [{ [TARGET]: request(1_025) }, "too many values: have 1025, want at most 1024"],
    [{ [TARGET]: request(1_000), [`0x${"11".repeat(20)}`]: request(25) }, "too many slots: have 1025"],
    [{ "0x1": ["0x0"] }, "hex string of odd length"],
    [{ [TARGET]: "0x0" }, "non-array value"],
    [[], "non-object value for storage requests"],
  ])("refuses %#", async (requests, reason) => {
    const { error } = await new FakeNode().call("eth_getStorageValues", requests);
    expect(error).toMatchObject({ code: -32602, message: expect.stringContaining(reason) });
  });
});
