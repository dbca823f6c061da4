import { bytesToHex } from "@trellis/base";
import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import type { CallResult } from "@trellis/protocol";
import { expect, it } from "vitest";
import { CONTEXT, callInput, stateOf } from "../testState.ts";
import { wellFormedInputs } from "./wellFormedInputs.ts";

const evm = createEvm({
  precompiles: ethereumPricedPrecompiles,
  random: { bytes: (count) => new Uint8Array(count) },
});
const ONE = `0x${"1".padStart(64, "0")}`;
const ZERO = `0x${"0".repeat(64)}`;

it("each precompile accepts its generated inputs", () => {
  const outputs = wellFormedInputs().map(({ precompile, input, outputSize }) => {
    const request = { to: precompile, data: input, gasLimit: 2_000_000n };
    const { outcome, output } = evm.call(
      callInput(stateOf({}), request, { context: { ...CONTEXT, fork: "osaka" } }),
    ) as CallResult;
    if (outcome === "success") expect(output).toHaveLength(outputSize);
    return `${precompile.slice(-2)} ${outcome === "success" ? bytesToHex(output) : outcome}`;
  });
  expect(outputs.filter((text) => !text.includes("0x"))).toEqual(["0a invalid"]);
  expect(outputs.filter((text) => text.startsWith("12"))).toEqual([`12 ${ONE}`, `12 ${ONE}`]);
  expect(outputs.filter((text) => text.startsWith("13"))).toEqual([`13 ${ONE}`, `13 ${ZERO}`]);
  const pairings = outputs.filter((text) => text.startsWith("08")).map((text) => text.endsWith("1"));
  expect(pairings).toEqual([true, false, true, true, true, true]);
});
