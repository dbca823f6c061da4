import type { Certificate, Hash } from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ChainBatch } from "../../store/ChainBatch.ts";
import { CommittedStore } from "../../store/CommittedStore.ts";
import { openChainTables } from "../../store/tables.ts";
import { CertificateStore } from "./CertificateStore.ts";

const certificateAt = (height: number, epoch: number): Certificate => ({
  ...{ epoch, height, round: 0, step: "precommit" },
  value: `0x${height.toString(16).padStart(64, "0")}` as Hash,
  signers: Uint8Array.of(1),
  signature: new Uint8Array(96),
});

const anyChange = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), height: fc.integer({ min: 1, max: 30 }), epoch: fc.nat(1) }),
  fc.record({ kind: fc.constant("prune" as const), to: fc.nat(30) }),
  fc.record({ kind: fc.constant("clear" as const) }),
);

it("FINAL-15: certificates above a height are those of the store, also after changes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyChange, { minLength: 10, maxLength: 40 }),
      fc.nat(10),
      async (changes, height) => {
        const store = new CommittedStore(createMemoryStore());
        const tables = openChainTables(store);
        const certificates = new CertificateStore(tables);
        let final = 0;
        for (const change of changes) {
          const batch = new ChainBatch();
          if (change.kind === "add") {
            final = Math.max(final, change.height - 3);
            certificates.add(batch, [certificateAt(change.height, change.epoch)], final);
          } else if (change.kind === "prune") {
            certificates.deletePruned(batch, (block) => Number(block) <= change.to);
          } else {
            for (const { height } of certificates.above(0)) batch.delete(tables.certificates, height);
            certificates.clear(batch);
            final = 0;
          }
          await batch.commit(store);
          const stored = [...tables.certificates.range({ from: height + 1 })].map(([, each]) => each);
          expect(certificates.above(height)).toEqual(stored);
        }
      },
    ),
  );
});
