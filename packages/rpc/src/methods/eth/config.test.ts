import { trellisPrecompiles } from "@trellis/evm";
import { FORK_NAMES, FORKS, type ForkActivation, HISTORY_STORAGE_ADDRESS } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";
import { forkId } from "./config.ts";

interface Config {
  readonly current: {
    readonly activationTime: number;
    readonly precompiles: Readonly<Record<string, string>>;
    readonly systemContracts: object;
  };
  readonly next: null;
}

function nodeWith(forks: readonly ForkActivation[]): FakeNode {
  const node = new FakeNode();
  Object.assign(node.chain, { parameters: { ...node.chain.parameters, forks } });
  return node;
}

describe("RPC-31: eth_config", () => {
  it.each(FORK_NAMES)("has the precompiles and system contracts of %s", async (name) => {
    const { current } = (await nodeWith([{ name, number: 0 }]).result("eth_config")) as Config;
    // The core contains identity and BLAKE2.
    const ids = [4, 9, ...trellisPrecompiles(FORKS[name]).keys()].sort((a, b) => a - b);
    const listed = Object.values(current.precompiles).map(Number);
    expect(listed.sort((a, b) => a - b)).toEqual(ids);
    expect(current.systemContracts).toEqual(name === "cancun" ? {} : { HISTORY_STORAGE_ADDRESS });
    expect(Object.keys(current.precompiles)).toEqual(Object.keys(current.precompiles).sort());
  });

  it("changes with the first block of the next fork, which has no time before", async () => {
    const node = nodeWith([
      { name: "prague", number: 0 },
      { name: "osaka", number: 1 },
    ]);
    const config = async () => (await node.result("eth_config")) as Config;
    const before = await config();
    expect(before).toMatchObject({ current: { activationTime: 0 }, next: null, last: null });
    expect(before.current.precompiles).not.toHaveProperty("P256VERIFY");
    const { timestamp } = node.chain.add();
    node.chain.add();
    const after = await config();
    expect(after.current).toMatchObject({
      activationTime: timestamp,
      precompiles: { P256VERIFY: "0x0000000000000000000000000000000000000100" },
    });
  });

  it("RPC_HISTORY_PRUNED: the fork's first block", async () => {
    const node = nodeWith([
      { name: "prague", number: 0 },
      { name: "osaka", number: 1 },
    ]);
    node.chain.add();
    node.chain.add();
    node.chain.oldest = 2;
    expect((await node.call("eth_config")).error?.code).toBe(4444);
  });

  it("fork ids are those of Ethereum's mainnet (EIP-2124)", () => {
    const genesisHash = "0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3";
    const at = (...numbers: readonly number[]) =>
      forkId(
        { genesisHash },
        [0, ...numbers].map((number) => ({ name: "osaka", number })),
      );
    expect([at(), at(1_150_000), at(1_150_000, 1_920_000)]).toEqual([
      "0xfc64ec04",
      "0x97c2c34c",
      "0x91d1f948",
    ]);
  });
});
