import { silentMetrics } from "@trellis/base";
import { expect, it } from "vitest";
import { SupplyAudit } from "./SupplyAudit.ts";
import type { ShardTotals } from "./shardTotals.ts";

const SOURCE: ShardTotals = { shard: 1, number: 10, sent: [7n, 0n], received: [0n, 0n], recorded: [0, 0] };
const DESTINATION: ShardTotals = {
  shard: 0,
  number: 4,
  sent: [0n, 0n],
  received: [0n, 7n],
  recorded: [4, 10],
};

it("RECEIPT_UNCOVERED: a shard received a wei that its source did not send, whichever is known last [SHARD-17]", () => {
  const forged = { ...DESTINATION, received: [0n, 8n] };
  for (const totals of [
    [SOURCE, forged],
    [forged, SOURCE],
  ]) {
    const audit = new SupplyAudit(silentMetrics);
    audit.take(totals[0]!);
    expect(() => audit.take(totals[1]!)).toThrow(
      expect.objectContaining({
        code: "RECEIPT_UNCOVERED",
        facts: { source: 1, destination: 0, sent: "7", received: "8" },
      }),
    );
  }
});

it("a source that this node imports later is no fault, and is compared when it has caught up [SHARD-17]", () => {
  const audit = new SupplyAudit(silentMetrics);
  audit.take({ ...SOURCE, number: 9, sent: [0n, 0n] });
  audit.take(DESTINATION);
  audit.take(SOURCE);
  expect(() => audit.take({ ...SOURCE, sent: [6n, 0n] })).toThrow(
    expect.objectContaining({ code: "RECEIPT_UNCOVERED" }),
  );
});
