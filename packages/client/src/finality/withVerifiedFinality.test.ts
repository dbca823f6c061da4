import type { Hex } from "@trellis/base";
import { FakeChain } from "@trellis/kit/fakeChain";
import { expect, it } from "vitest";
import type { TrustedFinality } from "../light/index.ts";
import { placeOfBlock } from "./placeOfBlock.ts";
import { withVerifiedFinality } from "./withVerifiedFinality.ts";

const NOTHING = { isReverted: () => false, call: () => "0x" as Hex, code: () => "0x" as Hex, logs: () => [] };

function provenAt(number: number, hash: Hex): TrustedFinality {
  return {
    chainId: 7331n,
    genesisHash: hash,
    votedBy: undefined,
    checkpoint: { height: 1, hash, number, timestampMs: 0 },
    voters: { epoch: 0, members: [] },
  };
}

it("FINAL-24: finality is what is proven, not what the node claims", async () => {
  const chain = new FakeChain(7331, NOTHING);
  for (let count = 0; count < 4; count++) chain.mine();
  chain.finalHeight = 4;
  const { hash } = (await chain.client().block(2))!;
  const client = withVerifiedFinality(chain.client(), async () => provenAt(2, hash));
  expect(await client.block("finalized")).toMatchObject({ height: 2, hash });
  const place = async (height: number) =>
    placeOfBlock(client, (await chain.client().block(height))!, "finalized");
  expect([await place(1), await place(2), await place(3)]).toEqual(["final", "final", "canonical"]);
});

it("NODE_OF_OTHER_CHAIN: a node on another chain", async () => {
  const chain = new FakeChain(7331, NOTHING);
  chain.mine();
  const client = withVerifiedFinality(chain.client(), async () => provenAt(1, `0x${"0f".repeat(32)}`));
  await expect(client.block("finalized")).rejects.toMatchObject({ code: "NODE_OF_OTHER_CHAIN" });
  const ahead = withVerifiedFinality(chain.client(), async () => provenAt(9, `0x${"0f".repeat(32)}`));
  expect(await ahead.block("finalized")).toBeUndefined();
});
