import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import type { Attempt } from "../Anchor.ts";
import type { AnchorStore } from "../AnchorStore.ts";
import { hash, testContent } from "./records.ts";

const attempt: Attempt = {
  hash: hash(1),
  raw: "0x02",
  nonce: 5,
  gasLimit: 2n ** 70n,
  maxFeeWei: 10n,
  maxTipWei: 1n,
  preparedAtMs: 1_790_000_000_000,
};
const inclusion = { transactionHash: hash(1), block: { height: 7, hash: hash(2) } };
const sent = { state: "sent", attempts: [attempt], inclusion: undefined } as const;

export function anchorStoreSuite(name: string, open: () => Promise<AnchorStore>): void {
  describe(`anchor store: ${name}`, () => {
    it("ANCHOR-8: an anchor starts pending; adding it again changes nothing", async () => {
      const store = await open();
      const added = await store.add(testContent(1));
      expect(added).toEqual({
        ...testContent(1),
        state: "pending",
        version: 0,
        attempts: [],
        inclusion: undefined,
      });
      const changed = await store.change(added, sent);
      expect(await store.add(testContent(1))).toEqual(changed);
      expect(await store.find(1)).toEqual({ ...testContent(1), ...sent, version: 1 });
      expect(await store.find(2)).toBeUndefined();
    });

    it("ANCHOR_REFUSED: the registry refuses the record", async () => {
      const store = await open();
      await store.add(testContent(1));
      for (const change of [
        { recordHash: hash(9) },
        { totalsHash: hash(9) },
        { logSize: 9 },
        { logRoot: hash(9) },
      ])
        await expect(store.add(testContent(1, change))).rejects.toEqual(
          refusal("ANCHOR_REFUSED: another record with this number is already queued"),
        );
    });

    it("ANCHOR_REFUSED: the registry refuses the record", async () => {
      const store = await open();
      const refused = async (sequence: number, change = {}) =>
        expect(store.add(testContent(sequence, change))).rejects.toEqual(
          refusal("ANCHOR_REFUSED: the record does not follow the previous one"),
        );
      await refused(2);
      await refused(0);
      await refused(1, { previousRecordHash: hash(9) });
      await refused(1, { logSize: 0 });
      await store.add(testContent(1));
      await refused(3);
      await refused(2, { previousRecordHash: hash(9) });
      await refused(2, { logSize: 3 });
      await refused(2, { logSize: 5.5 });
      await store.add(testContent(2));
    });

    it("ANCHOR-9: of two changes of one version one succeeds", async () => {
      const store = await open();
      const anchor = await store.add(testContent(1));
      const other = { ...sent, attempts: [{ ...attempt, hash: hash(3) }] };
      const outcomes = await Promise.all([store.change(anchor, sent), store.change(anchor, other)]);
      expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1);
      expect(await store.find(1)).toEqual(outcomes.find((outcome) => outcome !== undefined));
      expect(await store.change(anchor, sent)).toBeUndefined();
    });

    it("ANCHOR_SETTLED: a final anchor does not change", async () => {
      const store = await open();
      const anchor = await store.add(testContent(1));
      const included = await store.change(anchor, { state: "included", attempts: [attempt], inclusion });
      expect(included).toMatchObject({ state: "included", inclusion, attempts: [attempt] });
      const final = await store.change(included!, { ...included!, state: "final" });
      await expect(store.change(final!, sent)).rejects.toEqual(refusal("ANCHOR_SETTLED"));
      expect(await store.change(anchor, sent)).toBeUndefined();
      expect(await store.find(1)).toEqual(final);
    });

    it("lists the open ones in order", async () => {
      const store = await open();
      for (let sequence = 1; sequence <= 12; sequence += 1) await store.add(testContent(sequence));
      const first = await store.find(1);
      await store.change(first!, { state: "final", attempts: [attempt], inclusion });
      const sequences = async (limit: number) => (await store.open(limit)).map(({ sequence }) => sequence);
      expect(await sequences(3)).toEqual([2, 3, 4]);
      expect(await sequences(100)).toHaveLength(11);
    });
  });
}
