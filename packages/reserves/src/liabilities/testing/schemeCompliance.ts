import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { serverHashes } from "../hashes.ts";
import type { LiabilityScheme } from "../LiabilityScheme.ts";
import type { CustomerRow } from "../tree/CustomerRow.ts";
import type { LiabilityTree } from "../tree/LiabilityTree.ts";
import { HASH_NAMES } from "../verify/hashes.ts";
import type { ProofFile } from "../verify/ProofFile.ts";
import { hashCustomerId, hashShareOwner } from "../verify/preimages.ts";
import { hashRootRecord } from "../verify/RootRecord.ts";
import { assetList, customers, snapshot, userKeyOf } from "./customers.ts";
import { seededBytes } from "./seededBytes.ts";

export function describeScheme(scheme: LiabilityScheme): void {
  const assets = assetList(3, true);
  const rows = customers(50, assets);
  const terms = snapshot(1, assets);
  const ports = () => ({ random: seededBytes("compliance") });
  const build = (more: Iterable<CustomerRow> = rows) => scheme.build(more, terms, ports());

  describe(`scheme ${scheme.name}`, () => {
    it("every customer's proof is valid, through both encodings", async () => {
      const tree = await build();
      const recordHash = hashRootRecord(serverHashes.sha256, tree.record);
      for (const [customer, { customerId, equity, debt = [], userKey }] of rows.entries()) {
        const file = tree.prove([customerId]);
        const expected = { recordHash, customerId, balances: { equity, debt }, userKey };
        expect(scheme.verify(scheme.decode(scheme.encode(file)), expected), `${customer}`).toMatchObject({
          isValid: true,
          customers: [{ customerId, equity, debt }],
        });
        expect(scheme.fromJson(scheme.toJson(file))).toEqual(file);
      }
    });

    it("returns what a proof shows", async () => {
      const verdict = scheme.verify((await build()).prove(["customer 3"]));
      const sumOf = (amounts: (row: CustomerRow) => readonly bigint[]) =>
        assets.assets.map((_, column) => rows.reduce((sum, row) => sum + (amounts(row)[column] ?? 0n), 0n));
      const totals = { equity: sumOf(({ equity }) => equity), debt: sumOf(({ debt = [] }) => debt) };
      expect(verdict).toMatchObject({ isValid: true, totals: scheme.provesTotals ? totals : undefined });
    });

    it("hides the number of customers if it claims so", async () => {
      const { treeSize } = (await build()).record;
      expect(treeSize).toBe(scheme.hidesCount ? 0 : 50);
    });

    it("a batch proof is smaller than many proofs, and valid", async () => {
      const tree = await build();
      const ids = rows.slice(10, 30).map(({ customerId }) => customerId);
      const file = tree.prove(ids);
      const single = ids.map((id) => tree.prove([id]).siblings.length).reduce((sum, count) => sum + count, 0);
      expect(file.siblings.length).toBeLessThan(single);
      expect(scheme.verify(scheme.decode(scheme.encode(file)))).toMatchObject({ isValid: true });
      expect(customersOf(file).toSorted()).toEqual(ids.toSorted());
      expect(customersOf(tree.prove(rows.map(({ customerId }) => customerId)))).toHaveLength(50);
    });

    it("proves a duplicate customer once", async () => {
      const tree = await build();
      expect(tree.prove(["customer 1", "customer 1"])).toEqual(tree.prove(["customer 1"]));
    });

    it.each(HASH_NAMES)("hashes with %s", async (hash) => {
      const tree = await scheme.build(rows, { ...terms, hash }, ports());
      expect(scheme.verify(tree.prove(["customer 7"]))).toMatchObject({ isValid: true, record: { hash } });
    });

    it("builds from a stream of rows", async () => {
      async function* coming() {
        yield* rows;
      }
      expect((await scheme.build(coming(), terms, ports())).record).toEqual((await build()).record);
    });

    it.each([1, 2, 3, 7, 8, 9])("%i customers", async (count) => {
      const tree = await build(rows.slice(0, count));
      for (const { customerId } of rows.slice(0, count)) {
        expect(scheme.verify(tree.prove([customerId]))).toMatchObject({ isValid: true });
      }
    });

    it("updates balances and adds customers", async () => {
      const tree = await build();
      const before = tree.prove(["customer 4"]);
      const balances = { equity: [1n, 2n, 3n], debt: [0n, 0n, 9n] };
      const updated = tree.update("customer 4", balances);
      expect(tree.balances("customer 4")).toEqual(balances);
      const late = { customerId: "late", userKey: userKeyOf(99), equity: [5n, 5n, 5n], debt: [0n, 0n, 0n] };
      const record = tree.insert(late);
      expect(tree.customerCount).toBe(51);
      expect(record).toEqual(tree.record);
      expect(updated).not.toEqual(record);
      const recordHash = hashRootRecord(serverHashes.sha256, record);
      for (const customerId of ["customer 4", "late", "customer 49"]) {
        expect(scheme.verify(tree.prove([customerId]), { recordHash })).toMatchObject({ isValid: true });
      }
      expect(scheme.verify(tree.prove(["late"]), { userKey: userKeyOf(99) })).toMatchObject({
        isValid: true,
      });
      expect(scheme.verify(before, { recordHash })).toMatchObject({
        error: refusal("PROOF_MISMATCH: different root record"),
      });
      expect(scheme.verify({ ...before, record })).toMatchObject({ code: "PROOF_ROOT_MISMATCH" });
    });

    it("survives a round trip through storage, and can be updated", async () => {
      const tree = await build();
      const image = joined(tree.image());
      const opened = await scheme.open(
        [image.slice(0, 5), image.slice(5, 70_000), image.slice(70_000)],
        ports(),
      );
      expect(opened.record).toEqual(tree.record);
      expect(opened.prove(["customer 9"])).toEqual(tree.prove(["customer 9"]));
      expect(opened.update("customer 9", balancesOf(rows[3] as CustomerRow))).toEqual(
        tree.update("customer 9", balancesOf(rows[3] as CustomerRow)),
      );
    });

    it("changes written over the stored image give the image of the current tree", async () => {
      const tree = await scheme.build(rows, { ...terms, depth: 16 }, ports());
      let image = joined(tree.image());
      tree.update("customer 9", balancesOf(rows[3] as CustomerRow));
      for (let late = 0; late < 1000; late++)
        tree.insert({ ...(rows[1] as CustomerRow), customerId: `late ${late}` });
      for (const { offset, bytes } of tree.changes()) {
        const grown = new Uint8Array(Math.max(image.length, offset + bytes.length));
        grown.set(image);
        grown.set(bytes, offset);
        image = grown;
      }
      expect(tree.changes()).toHaveLength(1);
      expect(Buffer.compare(image, joined(tree.image()))).toBe(0);
      const opened = await scheme.open([image], ports());
      expect(scheme.verify(opened.prove(["late 999"]))).toMatchObject({ isValid: true });
    });

    it("LEDGER-14, LIAB-19: forgets the customer of a leaf, and proves all others as before", async () => {
      const [tree, untouched] = [await build(), await build()];
      const { record } = tree;
      const image = joined(tree.image());
      const {
        leaves,
        record: { shares },
      } = tree.prove(["customer 3"]);
      const owners = leaves.map(({ share = 0 }) =>
        shares === undefined
          ? hashCustomerId(serverHashes.sha256, "customer 3")
          : hashShareOwner(serverHashes.sha256, "customer 3", share),
      );
      const secrets = [...owners, ...leaves.map(({ salt }) => salt)];
      expect(secrets.every((secret) => Buffer.from(image).includes(secret))).toBe(true);
      const chance = seededBytes("forgotten");
      expect(tree.forget("customer 3", chance)).toBe(true);
      expect(tree.forget("customer 3", chance)).toBe(false);
      for (const { offset, bytes } of tree.changes()) image.set(bytes, offset);
      expect(secrets.some((secret) => Buffer.from(image).includes(secret))).toBe(false);
      expect(Buffer.compare(image, joined(tree.image()))).toBe(0);
      for (const one of [tree, await scheme.open([image], ports())]) {
        expect(one.record).toEqual(record);
        expect(one.has("customer 3")).toBe(false);
        expect(() => one.prove(["customer 1", "customer 3"])).toThrowError(
          expect.objectContaining({ code: "CUSTOMER_UNKNOWN" }),
        );
        for (const { customerId } of rows.filter((row) => row.customerId !== "customer 3"))
          expect(one.prove([customerId])).toEqual(untouched.prove([customerId]));
      }
    });

    describe("refuses", () => {
      const [row] = rows as [CustomerRow];

      it.each<[string, Partial<CustomerRow>]>([
        [
          "LIABILITIES_INPUT_INVALID: the customer id is not well-formed text of 1 to 128 bytes",
          { customerId: "" },
        ],
        [
          "LIABILITIES_INPUT_INVALID: the customer id is not well-formed text of 1 to 128 bytes",
          { customerId: "x".repeat(129) },
        ],
        [
          "LIABILITIES_INPUT_INVALID: the customer id is not well-formed text of 1 to 128 bytes",
          { customerId: "lone \ud800" },
        ],
        ["LIABILITIES_INPUT_INVALID: duplicate customer", { customerId: "customer 1" }],
        [
          "LIABILITIES_INPUT_INVALID: the customer's key is not 32 bytes long",
          { customerId: "new", userKey: new Uint8Array(31) },
        ],
        [
          "LIABILITIES_INPUT_INVALID: the balances do not match the list of assets",
          { customerId: "new", equity: [1n] },
        ],
        [
          "LIABILITIES_INPUT_INVALID: the balances do not match the list of assets",
          { customerId: "new", debt: [] },
        ],
        [
          "LIABILITIES_INPUT_INVALID: an amount is not an unsigned integer of 128 bits",
          { customerId: "new", equity: [1n, -1n, 1n] },
        ],
        [
          "LIABILITIES_INPUT_INVALID: an amount is not an unsigned integer of 128 bits",
          { customerId: "new", equity: [1n, 2n ** 128n, 1n] },
        ],
      ])("%s: a row %o", async (code, fields) => {
        const bad = { ...row, ...fields };
        await expect(build([...rows, bad])).rejects.toEqual(refusal(code));
        const tree = await build();
        const { record } = tree;
        expect(() => tree.insert(bad)).toThrowError(refusal(code));
        expect(tree.record).toEqual(record);
        expect(tree.customerCount).toBe(50);
        tree.insert({ ...row, customerId: "good" });
        expect(scheme.verify(tree.prove(["good"]))).toMatchObject({ isValid: true });
      });

      it("LIABILITIES_INPUT_INVALID", async () => {
        await expect(build([])).rejects.toMatchObject({
          code: "LIABILITIES_INPUT_INVALID",
          facts: expect.objectContaining({ reason: "no customers" }),
        });
      });

      it("LIABILITIES_INPUT_INVALID", async () => {
        const short = { ...terms, snapshotId: new Uint8Array(16) };
        await expect(scheme.build(rows, short, ports())).rejects.toMatchObject({
          code: "LIABILITIES_INPUT_INVALID",
          facts: expect.objectContaining({ reason: "the snapshot id is not 32 bytes long" }),
        });
      });

      it("CUSTOMER_UNKNOWN", async () => {
        const tree = await build();
        const absent = expect.objectContaining({ code: "CUSTOMER_UNKNOWN" });
        expect(() => tree.prove(["customer 1", "absent"])).toThrowError(absent);
        expect(() => tree.balances("absent")).toThrowError(absent);
        expect(() => tree.update("absent", balancesOf(row))).toThrowError(absent);
        expect(tree.has("absent")).toBe(false);
        expect(tree.has("customer 1")).toBe(true);
      });

      it("LIABILITIES_INPUT_INVALID", async () => {
        const tree = await build();
        for (const ids of [[], Array.from({ length: 65_537 }, () => "customer 1")]) {
          expect(() => tree.prove(ids)).toThrowError(
            refusal("LIABILITIES_INPUT_INVALID: a proof is for 1 to 65536 customers"),
          );
        }
      });

      it("balances that do not fit, and keeps the old ones", async () => {
        const tree = await build();
        const { record } = tree;
        const tooMuch = { equity: [2n ** 128n, 0n, 0n], debt: [0n, 0n, 0n] };
        expect(() => tree.update("customer 1", tooMuch)).toThrowError(
          refusal("LIABILITIES_INPUT_INVALID: an amount is not an unsigned integer of 128 bits"),
        );
        expect(() => tree.update("customer 1", { equity: [], debt: [] })).toThrowError(
          refusal("LIABILITIES_INPUT_INVALID: the balances do not match the list of assets"),
        );
        expect(tree.record).toEqual(record);
        expect(scheme.verify(tree.prove(["customer 1"]))).toMatchObject({ isValid: true });
      });

      it("TREE_BUILD_STOPPED when the job is stopped", async () => {
        const signal = AbortSignal.abort();
        await expect(scheme.build(rows, terms, { ...ports(), signal })).rejects.toMatchObject({
          code: "TREE_BUILD_STOPPED",
        });
      });
    });

    it("reports progress", async () => {
      const reports: unknown[] = [];
      await scheme.build(rows, terms, { ...ports(), report: (progress) => reports.push(progress) });
      expect(reports[0]).toEqual({ phase: "read", customers: 50, total: undefined });
      expect(reports.at(-1)).toEqual({ phase: "hash", customers: 50, total: 50 });
    });

    describe("damaged stored tree", () => {
      it("TREE_IMAGE_INVALID, or no invalid proof", async () => {
        const image = joined((await build(rows.slice(0, 5))).image());
        const used = [...image.keys()].filter((offset) => image[offset] !== 0);
        for (const offset of used) {
          const damaged = image.slice();
          damaged[offset] = (damaged[offset] as number) ^ 0x55;
          await expectSound(scheme, damaged, ports);
        }
        for (const length of [0, 7, 8, 100, image.length - 1, image.length - 70_000]) {
          const cut = scheme.open([image.slice(0, length)], ports());
          await expect(cut).rejects.toMatchObject({ code: "TREE_IMAGE_INVALID" });
        }
        const longer = scheme.open([image, Uint8Array.of(0)], ports());
        await expect(longer).rejects.toMatchObject({ code: "TREE_IMAGE_INVALID" });
      });
    });
  });
}

function customersOf({ leaves }: ProofFile): string[] {
  return [...new Set(leaves.map(({ customerId }) => customerId))];
}

async function expectSound(
  scheme: LiabilityScheme,
  image: Uint8Array,
  ports: () => { random: ReturnType<typeof seededBytes> },
) {
  let tree: LiabilityTree;
  try {
    tree = await scheme.open([image], ports());
  } catch (error) {
    expect(error).toMatchObject({ code: "TREE_IMAGE_INVALID" });
    return;
  }
  for (const customerId of ["customer 0", "customer 1", "customer 4"]) {
    try {
      expect(scheme.verify(tree.prove([customerId]))).toMatchObject({ isValid: true });
    } catch (error) {
      expect(error).toHaveProperty("code", expect.stringMatching(/^(TREE_IMAGE_INVALID|CUSTOMER_UNKNOWN)$/));
    }
  }
}

function balancesOf({ equity, debt = [] }: CustomerRow) {
  return { equity, debt };
}

function joined(parts: Iterable<Uint8Array>): Uint8Array {
  return new Uint8Array(Buffer.concat([...parts]));
}
