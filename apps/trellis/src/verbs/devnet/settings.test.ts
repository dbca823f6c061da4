import { loadSettings } from "@trellis/platform/config";
import { expect, it } from "vitest";
import { devnetDefinition, shardsBlockTimeMs } from "./settings.ts";

const load = (...argv: readonly string[]) =>
  loadSettings(devnetDefinition, { argv, environment: {}, defaultFile: "none.yaml" });

it("by default has Hardhat's accounts and chain id", async () => {
  const { settings } = await load();
  expect(settings).toMatchObject({ chainId: "auto", mnemonic: expect.stringMatching(/^(test ){11}junk$/) });
});

it.each([
  ["--mnemonic=test junk", "a BIP-39 mnemonic of 12 to 24 words"],
  [`--mnemonic=${"Test ".repeat(12)}`, "a BIP-39 mnemonic of 12 to 24 words"],
  ["--chain-id=0", "a whole number from 1 to 999999999999999"],
  ["--chain-id=0x1", "auto, or a whole number from 1 to 999999999999999"],
  ["--chain-id=9007199254740993", "auto, or a whole number from 1 to 999999999999999"],
  ["--fork-url=ws://127.0.0.1:8546", "an http:// or https:// address"],
  ["--fork-block=-1", "latest, or a block number"],
  ["--fork-block=finalized", "latest, or a block number"],
])("CONFIG_INVALID_VALUE: %s", async (flag, expected) => {
  await expect(load(flag)).rejects.toMatchObject({ code: "CONFIG_INVALID_VALUE", facts: { expected } });
});

it.each([
  [4, 1, 300],
  [2, 2, 300],
  [4, 4, 960],
])("blocks of %i shards in %i nodes come every %i ms, so that two cores keep up", (shards, nodes, timeMs) => {
  expect(shardsBlockTimeMs({ shards, nodes })).toBe(timeMs);
});
