import { TARGET } from "@trellis/kit/chainView";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

describe("eth_fillTransaction", () => {
  it("completes a transaction of any sender, without a signature", async () => {
    const { raw, tx } = (await new FakeNode().result("eth_fillTransaction", {
      from: TARGET,
      to: TARGET,
    })) as {
      raw: string;
      tx: object;
    };
    expect(raw).toMatch(/^0x02/);
    expect(tx).toMatchObject({
      from: TARGET,
      nonce: "0x0",
      gas: "0x5208",
      chainId: "0x7a69",
      r: "0x0",
      s: "0x0",
    });
  });

  it.each([
    [{ from: TARGET }, -32000, "contract creation without any data provided"],
    [{ to: TARGET, chainId: "0x1" }, -32000, "chainId does not match"],
    [{ to: TARGET, gasPrice: "0x1", maxFeePerGas: "0x1" }, -32000, "both gasPrice and"],
    [{ to: "0x1" }, -32602, "hex string of odd length"],
  ])("refuses %j", async (args, code, reason) => {
    const { error } = await new FakeNode().call("eth_fillTransaction", args);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
  });
});
