import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, it, vi } from "vitest";

const asked = vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://127.0.0.1:1" });
  return [] as object[];
});
vi.mock("@tanstack/react-query", async (original) => ({
  ...(await original<object>()),
  useQuery: (question: object) => asked.push(question),
}));

import { useService } from "../pages/operations/useService.ts";
import { queries, useLiveRpc } from "./node.ts";

afterEach(() => queries.clear());

it.each([
  ["the node", (of: string, isWanted: boolean) => useLiveRpc("eth_getTransactionReceipt", [of], isWanted)],
  ["a service", (of: string, isWanted: boolean) => useService(`/v1/opportunities/${of}`, 1_000, isWanted)],
])("what %s said of one is never shown of another, though that one be not asked for", (_, ask) => {
  ask("0xaa", false);
  ask("0xbb", false);
  const [first, second] = asked.splice(0) as { readonly queryKey: readonly unknown[] }[];
  queries.setQueryData(first!.queryKey, "succeeded");
  const shown = new QueryObserver(queries, first!);
  expect(shown.getCurrentResult().data).toBe("succeeded");
  shown.setOptions(second!);
  expect(shown.getCurrentResult().data).toBeUndefined();
});
