import { expect, it } from "vitest";
import { forgeOutcomes } from "./forgeOutcomes.ts";
import { replaceTestFail } from "./replaceTestFail.ts";

it("reads forge's results", () => {
  const passed = { status: "Success", reason: null };
  const skipped = { status: "Skipped", reason: null };
  const failed = { status: "Failure", reason: "panic: overflow\n  at a" };
  const tests = { "testA()": passed, "testB(uint256)": failed, "testC()": skipped };
  expect(forgeOutcomes(JSON.stringify({ "src/test/A.t.sol:ATest": { test_results: tests } }))).toEqual([
    { title: "ATest testA()" },
    { title: "ATest testB(uint256)", failure: "panic: overflow" },
  ]);
});

it("replaces tests that have to revert by tests that expect a revert", () => {
  const source = `    function testFailMint(\n        address to,\n        bytes memory data\n    ) public view {`;
  const replaced = replaceTestFail(source);
  expect(replaced.replace(/\s+/g, " ")).toBe(
    " function testRevertsMint( address to, bytes memory data ) public" +
      ' { try this.mustRevertMint(to, data) { revert("no revert"); } catch {} }' +
      " function mustRevertMint( address to, bytes memory data ) public view {",
  );
});
