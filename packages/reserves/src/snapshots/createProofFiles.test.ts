import { systemRandom } from "@trellis/platform/system";
import { expect, it } from "vitest";
import { ledgerErrors } from "../ledger/index.ts";
import { liabilityScheme } from "../liabilities/index.ts";
import { decodeProof, proofFromJson } from "../liabilities/verify/index.ts";
import { createProofFiles, PROOF_KEYS, type ProofFiles, type Snapshots, snapshotsErrors } from "./index.ts";

const SNAPSHOT_IDS = [`0x${"01".repeat(32)}`, `0x${"02".repeat(32)}`] as const;
const NAME_KEY = new Uint8Array(32).fill(1);
const row = (customerId: string) => ({ customerId, userKey: new Uint8Array(32).fill(5), equity: [7n] });
const tree = await liabilityScheme("sum").build(
  [row("alice"), row("bob")],
  {
    snapshotId: new Uint8Array(32).fill(1),
    assets: { assets: [{ id: "BTC", decimals: 8 }], hasDebt: false },
  },
  { random: systemRandom },
);

function open(ids: readonly string[] = SNAPSHOT_IDS, nameKey = NAME_KEY) {
  const kept = new Map<string, Uint8Array>();
  const erased = new Set<string>();
  let provedCount = 0;
  const snapshots = {
    async record(number: number) {
      const snapshotId = ids[number - 1];
      if (snapshotId === undefined) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ number });
      return { record: { snapshotId } } as Awaited<ReturnType<Snapshots["record"]>>;
    },
    async prove(_number: number, customers: readonly string[]) {
      provedCount++;
      return tree.prove(customers);
    },
  };
  const files: ProofFiles = createProofFiles({
    ledger: {
      async refuseErased([customer = ""]) {
        if (erased.has(customer)) throw ledgerErrors.LEDGER_CUSTOMER_ERASED({ customer });
      },
    },
    snapshots,
    nameKey,
    kept: {
      async read(key, make) {
        const value = kept.get(key) ?? (await make());
        kept.set(key, value);
        return value;
      },
    },
  });
  return { files, kept, erased, provedCount: () => provedCount };
}

it("creates each form of each customer's proof once per snapshot", async () => {
  const { files, provedCount } = open();
  const text = () => files.json(1, "alice").then((bytes) => new TextDecoder().decode(bytes));
  expect(proofFromJson(await text()).leaves[0]?.customerId).toBe("alice");
  expect(await text()).toBe(await text());
  expect(decodeProof(await files.binary(1, "alice")).leaves[0]?.customerId).toBe("alice");
  expect(proofFromJson(new TextDecoder().decode(await files.json(1, "bob"))).leaves[0]?.customerId).toBe(
    "bob",
  );
  expect(provedCount()).toBe(3);
  await files.json(2, "alice");
  expect(provedCount()).toBe(4);
});

it("a key reveals no customer, differs between services, and all keys of a customer share a prefix", async () => {
  const { files, kept } = open();
  await files.json(1, "alice");
  await files.binary(2, "alice");
  await files.json(1, "bob");
  const keys = [...kept.keys()];
  expect(keys.every((key) => key.startsWith(PROOF_KEYS) && !key.includes("alice"))).toBe(true);
  expect(keys.filter((key) => key.startsWith(files.keysOf("alice")))).toHaveLength(2);
  expect(open(SNAPSHOT_IDS, new Uint8Array(32).fill(2)).files.keysOf("alice")).not.toBe(
    files.keysOf("alice"),
  );
});

it("a snapshot of another history with the same number has other keys", async () => {
  const [one, other] = [open(), open([SNAPSHOT_IDS[1]])];
  await one.files.json(1, "alice");
  await other.files.json(1, "alice");
  expect([...one.kept.keys()]).not.toEqual([...other.kept.keys()]);
});

it("SNAPSHOT_UNKNOWN, CUSTOMER_UNKNOWN: stores no failure", async () => {
  const { files, kept } = open();
  await expect(files.json(3, "alice")).rejects.toMatchObject({ code: "SNAPSHOT_UNKNOWN" });
  await expect(files.binary(1, "carol")).rejects.toMatchObject({ code: "CUSTOMER_UNKNOWN" });
  expect(kept.size).toBe(0);
});

it("LEDGER_CUSTOMER_ERASED, LEDGER-14: does not return stored proofs either", async () => {
  const { files, kept, erased } = open();
  await files.json(1, "alice");
  await files.binary(1, "alice");
  erased.add("alice");
  await expect(files.json(1, "alice")).rejects.toMatchObject({ code: "LEDGER_CUSTOMER_ERASED" });
  await expect(files.binary(1, "alice")).rejects.toMatchObject({ code: "LEDGER_CUSTOMER_ERASED" });
  expect(kept.size).toBe(2);
  await files.json(1, "bob");
});
