import { encodeErrorResult } from "viem";
import { expect, it } from "vitest";
import { governor } from "../contracts/governor.ts";
import { consoleErrors } from "../errors.ts";
import { refusalText } from "./refusalText.ts";

const refused = (revertData?: string) =>
  consoleErrors.CONSOLE_REFUSED({ by: "node", reason: "execution reverted", revertData });

it("names the contract's own error, with what it says", () => {
  const { abi } = governor;
  const voter = "0x00000000000000000000000000000000000B0b00";
  const data = encodeErrorResult({ abi, errorName: "GovernorAlreadyCastVote", args: [voter] });
  expect(refusalText(refused(data), abi)).toBe(
    `The contract reverted: governor already cast vote (${voter}).`,
  );
  const bare = encodeErrorResult({ abi, errorName: "FinalityNotHandedOver" });
  expect(refusalText(refused(bare), abi)).toBe("The contract reverted: finality not handed over.");
});

it("says what the node said where it is another error, or none", () => {
  expect(refusalText(refused("0xdeadbeef"), governor.abi)).toBe("execution reverted");
  expect(refusalText(refused(), governor.abi)).toBe("execution reverted");
  const reason = "the connection to the node was lost";
  expect(refusalText(consoleErrors.CONSOLE_LOST({ reason }), [])).toBe(reason);
});
