import { expect, it } from "vitest";
import { DEVELOPMENT_MNEMONIC } from "../../node/developmentMnemonic.ts";
import { checkSettings } from "./checkSettings.ts";

const settings = {
  allowEqualTimes: false,
  chainId: "auto",
  forkBlock: "latest",
  forkUrl: "",
  mnemonic: DEVELOPMENT_MNEMONIC,
  nodes: 1,
  shards: 1,
  validators: 1,
} as const;
const check = (changed: object) => checkSettings({ ...settings, ...changed });
const FORK = { forkUrl: "http://127.0.0.1:1" };

it.each([
  {},
  { nodes: 3, validators: 3 },
  { nodes: 3, chainId: 31_337 },
  { shards: 2, nodes: 2 },
  { shards: 4, validators: 4 },
  { shards: 4, chainId: 7, mnemonic: "test test" },
  { ...FORK, forkBlock: 0 },
  { ...FORK, chainId: 1, mnemonic: "test test", allowEqualTimes: true },
])("accepts %o", (changed) => check(changed));

it.each([
  [{ forkBlock: 0 }, "forkBlock"],
  [{ forkBlock: 7, nodes: 2 }, "forkBlock"],
  [{ ...FORK, nodes: 2 }, "forkUrl"],
  [{ ...FORK, validators: 2 }, "forkUrl"],
  [{ mnemonic: "test test", nodes: 2 }, "mnemonic"],
  [{ chainId: 1, nodes: 2 }, "chainId"],
  [{ allowEqualTimes: true, validators: 2 }, "allowEqualTimes"],
  [{ ...FORK, shards: 2 }, "forkUrl"],
  [{ shards: 2, allowEqualTimes: true }, "allowEqualTimes"],
  [{ shards: 2, chainId: 10 ** 9 }, "chainId"],
])("CONFIG_INVALID_VALUE: %o", (changed, setting) => {
  const facts = { setting, expected: expect.stringMatching(/^--[a-z-]+ with/) };
  expect(() => check(changed)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID_VALUE", facts }));
});
