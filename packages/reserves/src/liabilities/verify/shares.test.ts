import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { plainScheme, sumScheme } from "../schemes.ts";
import { assetList, customers, snapshot, userKeyOf } from "../testing/customers.ts";
import former from "../testing/formerVersion.json" with { type: "json" };
import { seededBytes } from "../testing/seededBytes.ts";
import { hashAssetList } from "./assetList.ts";
import { foldProof } from "./foldProof.ts";
import { portableHashes } from "./hashes.ts";
import { SUM_MAX } from "./limits.ts";
import type { LeafOpening, ProofFile } from "./ProofFile.ts";
import { placeLeaf } from "./placeLeaf.ts";
import { encodeProof } from "./proofBinary.ts";
import { proofFromJson, proofToJson } from "./proofJson.ts";
import { splitSums } from "./splitSums.ts";
import { amountsFromSums, sumsFromAmounts } from "./sums.ts";
import { treeRulesOf } from "./treeRules.ts";
import { verifyProof, verifyProofFile } from "./verifyProof.ts";

const { sha256 } = portableHashes;
const assets = assetList(2, true);
const hexOf = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`;

describe("LIAB-25: division of a balance", () => {
  const salt = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const amount = fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(0n, SUM_MAX));

  it("into two non-negative shares with its sum", () => {
    fc.assert(
      fc.property(salt, fc.array(amount, { minLength: 1, maxLength: 9 }), (own, amounts) => {
        const [first, second] = splitSums(sha256, own, sumsFromAmounts(amounts)).map(amountsFromSums);
        expect(first!.map((share, column) => share + second![column]!)).toEqual(amounts);
      }),
    );
  });

  it("uniformly: every share of a small amount is equally likely, in every column independently", () => {
    const counts = [0, 1].map(() => new Array<number>(5).fill(0));
    let equalCount = 0;
    for (let draw = 0; draw < 5_000; draw++) {
      const [first] = splitSums(sha256, userKeyOf(draw), sumsFromAmounts([4n, 4n]));
      const shares = amountsFromSums(first).map(Number);
      for (const column of [0, 1]) counts[column]![shares[column]!]! += 1;
      if (shares[0] === shares[1]) equalCount += 1;
    }
    // Expects 1,000 each, within five standard deviations (28 each).
    for (const count of [...counts.flat(), equalCount]) expect(Math.abs(count - 1_000)).toBeLessThan(142);
  });

  it("by the customer's key and the snapshot: another snapshot divides differently", async () => {
    const rows = customers(20, assets).slice(5);
    const firstShares = async (number: number) => {
      const tree = await sumScheme.build(rows, snapshot(number, assets), { random: seededBytes("same") });
      return rows.map(({ customerId }) => hexOf(tree.prove([customerId]).leaves[0]!.sums));
    };
    const [one, again, other] = [await firstShares(1), await firstShares(1), await firstShares(2)];
    expect(again).toEqual(one);
    expect(other.filter((share, index) => share === one[index])).toEqual([]);
  });
});

describe("PROOF_PATH_INVALID: all shares are present and divided by the salt", () => {
  const salt = new Uint8Array(32).fill(7);
  const amounts = sumsFromAmounts([50n, 51n, 16n, 17n]);
  const [first, second] = splitSums(sha256, salt, amounts);
  const left = { customerId: "ann", share: 0, position: 1, salt, sums: first };
  const right = { customerId: "ann", share: 1, position: 2, salt, sums: second };

  function forged(leaves: readonly LeafOpening[], shares = 2): ProofFile {
    const snapshotId = new Uint8Array(32).fill(1);
    const record = {
      ...({ scheme: "sum", hash: "sha256", depth: 2, treeSize: 0, shares, snapshotId } as const),
      assetListHash: hashAssetList(sha256, assets),
      root: salt,
      totals: new Uint8Array(64),
    };
    const placed = leaves.map((leaf) => placeLeaf(leaf, record, sha256));
    for (let count = 0; ; count++) {
      const siblings = Array.from({ length: count }, (_, n) => ({
        hash: new Uint8Array(32).fill(n),
        sums: new Uint8Array(64),
      }));
      try {
        const { hash: root, sums: totals } = foldProof(placed, siblings, treeRulesOf(record, sha256));
        return { record: { ...record, root, totals }, assets, leaves, siblings };
      } catch (error) {
        if (count === 4) throw error;
      }
    }
  }

  it("correct shares are valid, and are one customer's balance", () => {
    expect(verifyProof(forged([left, right]))).toMatchObject({
      isValid: true,
      customers: [{ customerId: "ann", positions: [1, 2], equity: [50n, 51n], debt: [16n, 17n] }],
    });
  });

  it.each<[string, ProofFile]>([
    ["one share only", forged([left])],
    ["a duplicate share", forged([left, { ...right, share: 0 }])],
    ["three shares", forged([left, right, { ...right, position: 3, salt: first.slice(0, 32) }])],
    [
      "both in one half",
      forged([
        { ...left, position: 0 },
        { ...right, position: 1 },
      ]),
    ],
    [
      "in each other's half",
      forged([
        { ...left, share: 1 },
        { ...right, share: 0 },
      ]),
    ],
    ["another number in the record", forged([left, right], 3)],
    [
      "divided differently",
      forged([
        { ...left, sums: amounts },
        { ...right, sums: new Uint8Array(64) },
      ]),
    ],
    ["a share of another customer", forged([left, { ...right, customerId: "bob" }])],
  ])("%s", (_what, proof) => {
    expect(verifyProof(proof)).toMatchObject({
      isValid: false,
      error: refusal("PROOF_PATH_INVALID: the leaves are not all shares of a customer's balance"),
      level: 0,
    });
  });

  it("in a scheme without sums", async () => {
    const tree = await plainScheme.build(customers(3, assets), snapshot(1, assets), {
      random: seededBytes("plain"),
    });
    const file = tree.prove(["customer 1"]);
    const shared = { ...file, record: { ...file.record, shares: 2 } };
    expect(verifyProof(shared).isValid).toBe(false);
  });
});

describe("LIAB-26: snapshots of the previous version", () => {
  const recordHash = Buffer.from(former.recordHash.slice(2), "hex");
  const expected = {
    recordHash,
    customerId: "customer 3",
    userKey: userKeyOf(3),
    balances: { equity: [30n, 31n], debt: [10n, 10n] },
  };

  it("proofs still verify, in both encodings and of several customers", () => {
    for (const bytes of [Buffer.from(former.json), Buffer.from(former.binary, "base64")])
      expect(verifyProofFile(new Uint8Array(bytes), expected)).toMatchObject({ isValid: true });
    const both = verifyProofFile(new TextEncoder().encode(former.both), { recordHash });
    expect(both).toMatchObject({ isValid: true, customers: [{}, {}] });
    const tampered = former.json.replace('"30"', '"31"');
    expect(verifyProofFile(new TextEncoder().encode(tampered), { recordHash }).isValid).toBe(false);
  });

  it("stored trees still open, and prove the same", async () => {
    const image = new Uint8Array(gunzipSync(Buffer.from(former.imageGzip, "base64")));
    const tree = await sumScheme.open([image], { random: seededBytes("opened") });
    expect(proofToJson(tree.prove(["customer 3"]))).toBe(former.json);
    expect(Buffer.compare(Buffer.concat([...tree.image()]), image)).toBe(0);
    expect(tree.forget("customer 3", seededBytes("forgotten"))).toBe(true);
    expect(() => tree.prove(["customer 3"])).toThrowError(
      expect.objectContaining({ code: "CUSTOMER_UNKNOWN" }),
    );
  });

  it("a file of one version does not hold a record of the other", () => {
    const file = proofFromJson(former.json);
    const shared = { ...file, record: { ...file.record, shares: 2 } };
    expect(verifyProof(shared).isValid).toBe(false);
    const mixed = encodeProof(file).with(3, 2);
    expect(verifyProofFile(mixed)).toMatchObject({ isValid: false, code: "PROOF_MALFORMED" });
  });
});
