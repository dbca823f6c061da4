import type { Hex } from "@trellis/base";
import { beforeEach, describe, expect, it } from "vitest";
import { AnchoringBench } from "./testing/AnchoringBench.ts";
import { testRecords } from "./testing/records.ts";
import { type AnchorClaim, verifyAnchor } from "./verifyAnchor.ts";

const refusal = (code: string, facts: object = {}) =>
  expect.objectContaining({ code, facts: expect.objectContaining(facts) });

let bench: AnchoringBench;
let claim: AnchorClaim;
beforeEach(async () => {
  bench = new AnchoringBench();
  const { anchoring } = bench.worker();
  await bench.request(2, anchoring);
  for (let block = 0; block < 2; block += 1) {
    await anchoring.advance();
    bench.chain.mine();
  }
  bench.finalizeHead();
  const { bytes, head } = bench.records[1]!;
  claim = { bytes, head, custodian: bench.custodian, rule: "finalized" };
});
const verify = (change: Partial<AnchorClaim> = {}) =>
  verifyAnchor({ ...claim, ...change }, bench.chain.client());

describe("ANCHOR-14: verifyAnchor", () => {
  it("returns where and when a record was published, and its log head", async () => {
    const { height, hash } = bench.chain.head;
    const { head: _, ...withoutHead } = claim;
    for (const asked of [claim, withoutHead])
      expect(await verifyAnchor(asked, bench.chain.client())).toEqual({
        sequence: 2,
        published: { height: 2, timeSeconds: 1_002 },
        logSize: 6,
        logRoot: `0x${"ca".repeat(32)}`,
        readAt: { height, hash },
      });
  });

  it("ANCHOR_MISSING: not published, not final yet, or by another custodian", async () => {
    await expect(verify({ bytes: testRecords(3)[2]!.bytes })).rejects.toEqual(
      refusal("ANCHOR_MISSING", { sequence: 3 }),
    );
    await expect(verify({ custodian: `0x${"b2".repeat(20)}` })).rejects.toEqual(refusal("ANCHOR_MISSING"));
    await expect(verify({ rule: { confirmations: 1 } })).rejects.toEqual(refusal("ANCHOR_MISSING"));
    await expect(verify({ rule: { confirmations: 9 } })).rejects.toEqual(refusal("ANCHOR_MISSING"));
    bench.chain.finalHeight = 1;
    await expect(verify()).rejects.toEqual(refusal("ANCHOR_MISSING", { finalHeight: 1 }));
  });

  it("ANCHOR_MISMATCH: another record than the public one, or another head", async () => {
    const other = testRecords(2, 1)[1]!;
    await expect(verify({ bytes: other.bytes })).rejects.toEqual(
      refusal("ANCHOR_MISMATCH", { field: "recordHash" }),
    );
    const { size, root } = claim.head!;
    await expect(verify({ head: { size: size + 1, root } })).rejects.toEqual(
      refusal("ANCHOR_MISMATCH", { field: "logSize" }),
    );
    await expect(verify({ head: { size, root: new Uint8Array(32) } })).rejects.toEqual(
      refusal("ANCHOR_MISMATCH", { field: "logRoot" }),
    );
  });

  it("ANCHOR_REFUSED: at another address; SNAPSHOT_RECORD_INVALID: no valid record", async () => {
    const registry: Hex = `0x${"cc".repeat(20)}`;
    await expect(verify({ registry })).rejects.toEqual(
      expect.objectContaining({
        code: "ANCHOR_REFUSED",
        facts: expect.objectContaining({ reason: "no ReservesRegistry at this address" }),
      }),
    );
    await expect(verify({ bytes: new TextEncoder().encode("{}") })).rejects.toEqual(
      refusal("SNAPSHOT_RECORD_INVALID"),
    );
  });
});
