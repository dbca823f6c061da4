import { systemRandom } from "@trellis/platform/system";
import { createTracing } from "@trellis/platform/tracing";
import { rpcErrors } from "@trellis/rpc";
import { expect, it } from "vitest";
import { traceCalls } from "./traceCalls.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";

it("a call is a span of the client's trace; only a defect marks it as failed", async () => {
  const ended: unknown[] = [];
  const sink = {
    begin:
      (name: string, _: unknown, { traceId }: { traceId: string }) =>
      (error: unknown) =>
        void ended.push([name, traceId === TRACE, error !== undefined]),
    close: async () => {},
  };
  const call = traceCalls(createTracing(1, { random: systemRandom, sink }));
  const parent = `00-${TRACE}-b7ad6b7169203331-01`;
  expect(await call("eth_chainId", parent, () => "0x1")).toBe("0x1");
  expect(await call("eth_chainId", "no traceparent", async () => "0x1")).toBe("0x1");
  const mistake = rpcErrors.RPC_METHOD_UNKNOWN({ method: "eth_none" });
  await expect(call("eth_call", parent, () => Promise.reject(mistake))).rejects.toBe(mistake);
  const defect = new TypeError("of undefined");
  await expect(call("eth_call", undefined, () => Promise.reject(defect))).rejects.toBe(defect);
  expect(ended).toEqual([
    ["eth_chainId", true, false],
    ["eth_chainId", false, false],
    ["eth_call", true, false],
    ["eth_call", false, true],
  ]);
});
