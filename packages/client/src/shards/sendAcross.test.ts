import { ShardGateway } from "@trellis/contracts";
import { encodeErrorResult } from "viem/utils";
import { expect, it } from "vitest";
import { clientErrors } from "../errors.ts";
import { sendAcross } from "./sendAcross.ts";

const message = { destination: 7, to: `0x${"11".repeat(20)}`, valueWei: 1n } as const;

const refused = (data: unknown) =>
  sendAcross(
    {
      send: () => Promise.reject(clientErrors.TRANSACTION_WOULD_REVERT({ node: "n", data: data as string })),
    },
    message,
  );

it.each([
  ["ShardUnknown", [7n], "ShardUnknown(shard: 7)"],
  ["RecipientIsGateway", [], "RecipientIsGateway()"],
  ["MessageGasTooHigh", [2n, 1n], "MessageGasTooHigh(got: 2, max: 1)"],
  ["GasTooLow", [1n, 2n], "GasTooLow(got: 1, min: 2)"],
  ["QueueFull", [1n, 8n, 8n], "QueueFull(shard: 1, waiting: 8, max: 8)"],
] as const)("TRANSACTION_WOULD_REVERT: %s of the contract", async (errorName, args, reason) => {
  const data = encodeErrorResult({ abi: ShardGateway.abi, errorName, args: args as never });
  await expect(refused(data)).rejects.toMatchObject({
    code: "TRANSACTION_WOULD_REVERT",
    facts: { node: "n", data, reason },
  });
});

it.each(["0x", "0x12345678", "0x59f988a0", undefined, 5])("other data are as they were: %s", async (data) => {
  const error = await refused(data).catch((each) => each);
  expect(error).toMatchObject({ code: "TRANSACTION_WOULD_REVERT", facts: { node: "n" } });
  expect(error.facts).not.toHaveProperty("reason");
});

it("other errors are as they were", async () => {
  const error = clientErrors.NODE_UNREACHABLE({ node: "n" });
  await expect(sendAcross({ send: () => Promise.reject(error) }, message)).rejects.toBe(error);
});
