import { expect, it } from "vitest";
import { comparisonDocument } from "./comparisonDocument.ts";

it("has a line for each reason and node, with what is different first", () => {
  const method = { inAnvil: true, inHardhat: true, reason: "" };
  const table = comparisonDocument([
    { ...method, name: "eth_call", here: "same" },
    { ...method, name: "evm_a", here: "missing", reason: "no time" },
    { ...method, name: "evm_b", here: "different", reason: "slow" },
    { ...method, name: "evm_c", here: "different", reason: "slow" },
    { ...method, name: "evm_d", here: "different", reason: "slow", inHardhat: false },
    {
      ...method,
      name: "`--flag` (Anvil)",
      here: "missing",
      reason: "no time",
      inAnvil: false,
      inHardhat: false,
    },
  ]);
  expect(table.trim().split("\n")).toEqual([
    "### Different",
    "",
    "- A, H: `evm_b`, `evm_c`: slow",
    "- A: `evm_d`: slow",
    "",
    "### Missing",
    "",
    "- A, H: `evm_a`: no time",
    "- `--flag` (Anvil): no time",
    "",
    "### Same",
    "",
    "- A, H: `eth_call`",
  ]);
});
