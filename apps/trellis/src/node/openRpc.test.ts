import { DEFAULT_RPC_OPTIONS } from "@trellis/rpc";
import { expect, it } from "vitest";
import { limitsOf } from "./openRpc.ts";

it("only a controlled devnet lets calls take a minute [RPC-17]", () => {
  expect(limitsOf(false)).toEqual(DEFAULT_RPC_OPTIONS.limits);
  expect(limitsOf(true)).toEqual({ ...DEFAULT_RPC_OPTIONS.limits, callTimeMs: 60_000 });
});
