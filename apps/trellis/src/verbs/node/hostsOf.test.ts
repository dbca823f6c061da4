import { expect, it } from "vitest";
import { networkOf } from "../../node/networkOf.ts";
import { followedOf } from "./hostsOf.ts";

const FOUR = networkOf("local", { accounts: 1, validators: 1, shards: 4 });
const MAIN = networkOf("main", { accounts: 1, validators: 1 });
const follow = (shards: number[] | "all", network = FOUR, changed = {}) =>
  followedOf({ shards, validatorDir: "", validatorSigner: "", developmentValidator: 0, ...changed }, network);

it("RPC-36: a node follows all shards, or those named, with shard 0", () => {
  expect(follow("all")).toEqual([0, 1, 2, 3]);
  expect(follow([2, 0, 2])).toEqual([0, 2]);
  expect(follow("all", MAIN)).toEqual([0]);
  expect(follow([0], MAIN)).toEqual([0]);
  expect(follow([0, 1, 2, 3], FOUR, { developmentValidator: 1 })).toHaveLength(4);
});

it.each([
  ["no shard 0", [2], FOUR, {}, "shards"],
  ["a shard that the network lacks", [0, 4], FOUR, {}, "shards"],
  ["a shard of a network with one", [0, 1], MAIN, {}, "shards"],
  ["a stored validator key with several shards", "all", FOUR, { validatorDir: "keys" }, "validatorDir"],
  ["a development validator of some shards", [0, 2], FOUR, { developmentValidator: 1 }, "shards"],
  ["a signer with several shards", "all", FOUR, { validatorSigner: "file" }, "validatorSigner"],
] as const)("CONFIG_INVALID_VALUE: %s", (_, shards, network, changed, setting) => {
  expect(() => follow(shards === "all" ? shards : [...shards], network, changed)).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID_VALUE",
      facts: expect.objectContaining({ setting }),
    }),
  );
});
