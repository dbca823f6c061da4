import { bytesToHex, hexToBytes } from "@trellis/base";
import { FakeChainView, SUCCESS } from "@trellis/kit/chainView";
import { createMemoryStore } from "@trellis/storage";
import { expect, it } from "vitest";
import { openIndexTables } from "../tables.ts";
import { ALICE, abiText, BOB, TOKEN, transferLog, withLogs, wordOf } from "../testing/openTestIndex.ts";
import { describeTokens } from "./describeTokens.ts";

const SAID = new Map([
  ["0x06fdde03", abiText("Dai Stablecoin")],
  ["0x95d89b41", abiText("DAI")],
  ["0x313ce567", hexToBytes(wordOf(18n))],
]);

async function described(stateOf: (number: number) => boolean) {
  const chain = new FakeChainView();
  const first = chain.add({ transactions: [withLogs(transferLog(ALICE, BOB, 1n))] });
  for (let made = 0; made < 3; made++) chain.add();
  chain.simulation.call = async (hash, { data }) => {
    const { header } = chain.blockByHash(hash)!;
    if (!stateOf(header.number)) throw new RangeError("the state is gone");
    return { ...SUCCESS, output: SAID.get(bytesToHex(data))! };
  };
  const tables = openIndexTables(createMemoryStore());
  const [put] = await describeTokens(new Map([[TOKEN, "erc20"]]), first, chain, tables);
  return JSON.parse(new TextDecoder().decode(put!.value));
}

it.each([
  ["first block", (number: number) => number === 1],
  ["newest block if its first is pruned", (number: number) => number === 4],
])("reads a token's metadata at its %s", async (_, stateOf) => {
  expect(await described(stateOf)).toEqual({
    standard: "erc20",
    name: "Dai Stablecoin",
    symbol: "DAI",
    decimals: 18,
    firstBlock: 1,
  });
});

it("a token without metadata has no name", async () => {
  expect(await described(() => false)).toEqual({ standard: "erc20", firstBlock: 1 });
});
