import { bytesToHex } from "@trellis/base";
import { beforeAll, describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { plainScheme, sumScheme } from "./schemes.ts";
import { assetList, customers, snapshot, userKeyOf } from "./testing/customers.ts";
import {
  doublingRoot,
  joinedLeaf,
  levelsOf,
  namelessLeaf,
  openLeaf,
  ownSumOnly,
  packing,
  saltedOnce,
  shortIdentity,
  uncheckedSums,
  unprefixed,
} from "./testing/flawedSchemes.ts";
import { seededBytes } from "./testing/seededBytes.ts";
import type { CustomerRow } from "./tree/CustomerRow.ts";
import type { LiabilityTree } from "./tree/LiabilityTree.ts";
import { hashAssetList } from "./verify/assetList.ts";
import { portableHashes } from "./verify/hashes.ts";
import type { LeafOpening, ProofFile } from "./verify/ProofFile.ts";
import {
  hashCustomerId,
  hashShareOwner,
  leafPreimage,
  nodePreimage,
  type SumNode,
} from "./verify/preimages.ts";
import { proofFromJson, proofToJson } from "./verify/proofJson.ts";
import { hashRootRecord } from "./verify/RootRecord.ts";
import { splitSums } from "./verify/splitSums.ts";
import { amountsFromSums, sumsFromAmounts } from "./verify/sums.ts";
import { verifyProof } from "./verify/verifyProof.ts";

const assets = assetList(1);
const digest = portableHashes.sha256;

function buildSum(rows: readonly CustomerRow[], number = 1, list = assets): Promise<LiabilityTree> {
  return sumScheme.build(rows, snapshot(number, list), { random: seededBytes(`attack ${number}`) });
}

function row(customerId: string, amount: bigint): CustomerRow {
  return { customerId, userKey: userKeyOf(1), equity: [amount] };
}

function opening(customerId: string, amount: bigint, position: number): LeafOpening {
  return { customerId, salt: new Uint8Array(32).fill(position), position, sums: sumsFromAmounts([amount]) };
}

const snapshotId = new Uint8Array(32).fill(7);

function leafNode({ customerId, salt, sums }: LeafOpening): SumNode {
  return { hash: digest(leafPreimage(snapshotId, hashCustomerId(digest, customerId), salt, sums)), sums };
}

function forged(leaf: LeafOpening, sibling: SumNode, root: Uint8Array, total: bigint): ProofFile {
  return {
    record: {
      scheme: "sum",
      hash: "sha256",
      snapshotId,
      depth: 1,
      treeSize: 0,
      assetListHash: hashAssetList(digest, assets),
      root,
      totals: sumsFromAmounts([total]),
    },
    assets,
    leaves: [leaf],
    siblings: [sibling],
  };
}

describe("sums", () => {
  it("the larger instead of the sum: a node that hashes its own sum shows 100 to two customers with 160", () => {
    const [left, right] = [ownSumOnly.leaf("left", 100n), ownSumOnly.leaf("right", 60n)];
    const root = { hash: ownSumOnly.parentHash(100n, left.hash, right.hash), sum: 100n };
    expect(ownSumOnly.verify(root, left, { ...right, sum: 0n }, true)).toBe(true);
    expect(ownSumOnly.verify(root, right, { ...left, sum: 40n }, false)).toBe(true);
  });

  it("the larger instead of the sum: here the root that satisfies one customer refutes the other", () => {
    const [left, right] = [opening("left", 100n, 0), opening("right", 60n, 1)];
    const shownRight = { ...leafNode(right), sums: sumsFromAmounts([0n]) };
    const shownLeft = { ...leafNode(left), sums: sumsFromAmounts([40n]) };
    const root = digest(nodePreimage(1, leafNode(left), shownRight));
    expect(verifyProof(forged(left, shownRight, root, 100n))).toMatchObject({ isValid: true });
    expect(verifyProof(forged(right, shownLeft, root, 100n))).toMatchObject({
      code: "PROOF_ROOT_MISMATCH",
      level: 1,
    });
  });

  it("negative sums: unnoticed, they turn 100 into 40", () => {
    const { leaf, parent, verify } = uncheckedSums((left, right) => left + right);
    const [honest, invented] = [leaf("honest", 100n), leaf("invented", -60n)];
    const root = parent(honest, invented);
    expect(root.sum).toBe(40n);
    expect(verify(root, honest, invented)).toBe(true);
  });

  it("negative sums: here no encoding has them", async () => {
    await expect(buildSum([row("honest", 100n), row("invented", -60n)])).rejects.toMatchObject({
      code: "LIABILITIES_INPUT_INVALID",
      facts: expect.objectContaining({ reason: "an amount is not an unsigned integer of 128 bits" }),
    });
    const file = (await buildSum([row("honest", 100n)])).prove(["honest"]);
    const json = proofToJson(file).replace(/"sums":\["\d+"\]/, '"sums":["-60"]');
    expect(() => proofFromJson(json)).toThrowError(expect.objectContaining({ code: "PROOF_MALFORMED" }));
    const complement = sumsFromAmounts([2n ** 128n - 1n]);
    const siblings = file.siblings.with(0, { ...file.siblings[0]!, sums: complement });
    expect(verifyProof({ ...file, siblings })).toMatchObject({ code: "SUM_OVERFLOW", level: 1 });
  });

  it("overflowing sums: in wrapping 64 bits an invented customer removes the others' balances", () => {
    const { leaf, parent, verify } = uncheckedSums((left, right) => BigInt.asUintN(64, left + right));
    const [honest, invented] = [leaf("honest", 100n), leaf("invented", 2n ** 64n - 60n)];
    const root = parent(honest, invented);
    expect(root.sum).toBe(40n);
    expect(verify(root, honest, invented)).toBe(true);
  });

  it("overflowing sums: here addition is checked at every level", async () => {
    const rows = [row("honest", 100n), row("invented", 2n ** 128n - 60n)];
    await expect(buildSum(rows)).rejects.toMatchObject({ code: "SUM_OVERFLOW" });
    const [honest, invented] = [opening("honest", 100n, 0), opening("invented", 2n ** 128n - 60n, 1)];
    const root = digest(nodePreimage(1, leafNode(honest), leafNode(invented)));
    expect(verifyProof(forged(honest, leafNode(invented), root, 40n))).toMatchObject({
      code: "SUM_OVERFLOW",
      level: 1,
    });
  });

  it("packed sums: one asset overflows into another, and its liabilities vanish", () => {
    const { leaf, parent, verify } = uncheckedSums((left, right) => left + right);
    const honest = leaf("honest", packing.pack(0n, 100n));
    const invented = leaf("invented", packing.pack(0n, 2n ** 32n - 100n));
    const root = parent(honest, invented);
    expect(packing.unpack(root.sum)).toEqual({ first: 1n, second: 0n });
    expect(verify(root, honest, invented)).toBe(true);
  });

  it("packed sums: here each asset has its own column", async () => {
    const list = assetList(2);
    const rows = [100n, 2n ** 128n - 100n].map((amount, customer) => ({
      ...row(`customer ${customer}`, 0n),
      equity: [0n, amount],
    }));
    await expect(buildSum(rows, 1, list)).rejects.toMatchObject({
      code: "SUM_OVERFLOW",
      facts: { column: 1 },
    });
  });

  it("invented debts: with netting, a customer with a debt of 60 turns another's 100 into 40", () => {
    const { leaf, parent } = uncheckedSums((left, right) => left + right);
    const net = (owns: bigint, owes: bigint) => owns - owes;
    expect(parent(leaf("honest", net(100n, 0n)), leaf("invented", net(0n, 60n))).sum).toBe(40n);
  });

  it("invented debts: here balances and debts are summed separately", async () => {
    const list = assetList(1, true);
    const rows = [
      { ...row("honest", 100n), debt: [0n] },
      { ...row("invented", 0n), debt: [60n] },
    ];
    const tree = await buildSum(rows, 1, list);
    expect(amountsFromSums(tree.record.totals)).toEqual([100n, 60n]);
  });
});

describe("identities", () => {
  let tree: LiabilityTree;
  beforeAll(async () => {
    tree = await buildSum([row("alice", 5n), row("bob", 5n)]);
  });

  it("one leaf for two customers: a leaf of the balance alone is shown to both", () => {
    const published = [namelessLeaf(5n)];
    expect(published).toContain(namelessLeaf(5n));
    expect(new Set(["alice", "bob"].map(() => namelessLeaf(5n))).size).toBe(1);
  });

  it("one leaf for two customers: here a leaf names its customer", () => {
    const file = tree.prove(["alice"]);
    expect(verifyProof(file, { customerId: "bob" })).toMatchObject({
      error: refusal("PROOF_MISMATCH: for another customer"),
    });
    const renamed = { ...file, leaves: file.leaves.map((leaf) => ({ ...leaf, customerId: "bob" })) };
    // Both customers have the same key, so the leaves have the same hash.
    const refused = expect.stringMatching(/^PROOF_(ROOT_MISMATCH|PATH_INVALID)$/);
    expect(verifyProof(renamed, { customerId: "bob" })).toMatchObject({ isValid: false, code: refused });
  });

  it("truncated identities: among a few hundred customers two share an identity of 16 bits", () => {
    const [first, second] = collision();
    expect(shortIdentity(first)).toBe(shortIdentity(second));
  });

  it("truncated identities: here all 256 bits count", async () => {
    const [first, second] = collision();
    const file = (await buildSum([row(first, 5n), row(second, 5n)])).prove([first]);
    const renamed = { ...file, leaves: file.leaves.map((leaf) => ({ ...leaf, customerId: second })) };
    expect(hashShareOwner(digest, first, 0)).toHaveLength(32);
    const refused = expect.stringMatching(/^PROOF_(ROOT_MISMATCH|PATH_INVALID)$/);
    expect(verifyProof(renamed, { customerId: second })).toMatchObject({ isValid: false, code: refused });
  });

  it("ambiguous encodings: user 1 with 23 and user 12 with 3 have one leaf if text is concatenated", () => {
    expect(joinedLeaf("user 1", "23")).toBe(joinedLeaf("user 12", "3"));
  });

  it("ambiguous encodings: here fields have fixed widths, and amounts are whole base units", async () => {
    const file = (await buildSum([row("user 1", 23n)])).prove(["user 1"]);
    const moved = file.leaves.map((leaf) => ({
      ...leaf,
      customerId: "user 12",
      sums: sumsFromAmounts([3n]),
    }));
    expect(verifyProof({ ...file, leaves: moved })).toMatchObject({ code: "PROOF_ROOT_MISMATCH" });
    for (const text of ["23.9", "023", "+23", "2.3e1", " 23", ""]) {
      const json = proofToJson(file).replace(/"sums":\["\d+"\]/, `"sums":["${text}"]`);
      expect(() => proofFromJson(json)).toThrowError(expect.objectContaining({ code: "PROOF_MALFORMED" }));
    }
  });

  it("rounding down: a customer with one unit more sees it", async () => {
    const floored = (await buildSum([row("alice", 23n)])).prove(["alice"]);
    const balances = { equity: [24n], debt: [] };
    expect(verifyProof(floored, { balances })).toMatchObject({
      error: refusal("PROOF_MISMATCH: not the expected balance"),
      level: 0,
    });
  });

  function collision(): [string, string] {
    const seen = new Map<string, string>();
    for (let customer = 0; ; customer++) {
      const id = `customer ${customer}`;
      const other = seen.get(shortIdentity(id));
      if (other !== undefined) return [other, id];
      seen.set(shortIdentity(id), id);
    }
  }
});

describe("shape", () => {
  it("leaf and inner node confused: without prefixes, an inner node's halves are a customer and a balance", () => {
    const word = (byte: string) => byte.repeat(64);
    const leaves = ["1", "2", "3", "4"].map((byte) => unprefixed.leaf(word(byte), word("0")));
    const [a, b, c, d] = leaves as [string, string, string, string];
    const right = unprefixed.parent(c, d);
    const root = unprefixed.parent(unprefixed.parent(a, b), right);
    expect(unprefixed.verify(root, a, b, [{ hash: right, isLeft: false }])).toBe(true);
  });

  it("leaf and inner node confused: here neither the message nor the length of the path allows it", async () => {
    const tree = await buildSum(customers(8, assets));
    const file = tree.prove(["customer 3"]);
    const higher = file.leaves.map((leaf) => ({ ...leaf, position: leaf.position >>> 1 }));
    const siblings = file.siblings.slice(2);
    expect(verifyProof({ ...file, leaves: higher, siblings })).toMatchObject({
      error: refusal("PROOF_PATH_INVALID: length does not match the published depth"),
      level: file.record.depth - 1,
    });
    const record = { ...file.record, depth: file.record.depth - 1 };
    expect(verifyProof({ ...file, record, leaves: higher, siblings })).toMatchObject({
      code: "PROOF_ROOT_MISMATCH",
    });
    const published = { recordHash: hashRootRecord(digest, file.record) };
    expect(verifyProof({ ...file, record }, published)).toMatchObject({
      error: refusal("PROOF_MISMATCH: different root record"),
    });
    const own = digest(
      leafPreimage(snapshotId, new Uint8Array(32), new Uint8Array(32), sumsFromAmounts([1n])),
    );
    const node = { hash: own, sums: sumsFromAmounts([1n]) };
    expect(leafPreimage(snapshotId, own, own, node.sums)[0]).not.toBe(nodePreimage(1, node, node)[0]);
  });

  it("duplicated last node: three leaves, and the same with the last one twice, have one root", () => {
    expect(doublingRoot(["a", "b", "c"])).toBe(doublingRoot(["a", "b", "c", "c"]));
  });

  it("duplicated last node: here nothing is duplicated, and a node is never its own sibling", async () => {
    const leaf = opening("alice", 5n, 0);
    const node = leafNode(leaf);
    const root = digest(nodePreimage(1, node, node));
    expect(verifyProof(forged(leaf, node, root, 10n))).toMatchObject({
      error: refusal("PROOF_PATH_INVALID: a node is its own sibling"),
      level: 0,
    });
    const three = await plainScheme.build(customers(3, assets), snapshot(1, assets), {
      random: seededBytes("three"),
    });
    const last = ["customer 0", "customer 1", "customer 2"]
      .map((customerId) => three.prove([customerId]))
      .find(({ leaves }) => leaves[0]?.position === 2)!;
    const { customerId, salt, sums } = last.leaves[0]!;
    const { record } = last;
    const hash = digest(leafPreimage(record.snapshotId, hashCustomerId(digest, customerId), salt, sums));
    const siblings = [{ hash, sums: new Uint8Array(0) }, ...last.siblings];
    expect(verifyProof({ ...last, siblings, record: { ...record, treeSize: 4 } })).toMatchObject({
      error: refusal("PROOF_PATH_INVALID: a node is its own sibling"),
      level: 0,
    });
  });
});

describe("privacy", () => {
  it("a sibling's balance: without salts, anyone with an address finds its leaf", () => {
    const sibling = openLeaf("bob@example.org", 1_000_000n);
    const guesses = ["alice@example.org", "bob@example.org"];
    expect(guesses.find((guess) => openLeaf(guess, 0n).id === sibling.id)).toBe("bob@example.org");
  });

  it("a sibling's balance: here no other leaf can be found, even with the right balance and customer", async () => {
    const rows = customers(40, assets);
    const tree = await buildSum(rows);
    const { siblings, leaves, record } = tree.prove(["customer 3"]);
    const hashes = new Set(siblings.map(({ hash }) => bytesToHex(hash)));
    for (const { customerId, equity } of rows) {
      const salts = [new Uint8Array(32), leaves[0]!.salt];
      for (const salt of salts) {
        for (const sums of splitSums(digest, salt, sumsFromAmounts(equity)))
          for (const share of [0, 1]) {
            const owner = hashShareOwner(digest, customerId, share);
            const guess = digest(leafPreimage(record.snapshotId, owner, salt, sums, 2));
            expect(hashes.has(bytesToHex(guess))).toBe(false);
          }
      }
    }
  });

  it("the number of customers: a path of a full tree reveals it within a factor of two", () => {
    expect(levelsOf(1000)).toBe(10);
    expect(levelsOf(2000)).toBe(11);
  });

  it("the number of customers: here depth is fixed, and the record has no count", async () => {
    const shapes = await Promise.all(
      [3, 40, 100].map(async (count) => {
        const tree = await sumScheme.build(customers(count, assets), snapshot(1, assets, { depth: 20 }), {
          random: seededBytes("count"),
        });
        const { record, siblings } = tree.prove(["customer 1"]);
        return [record.treeSize, record.depth, siblings.length];
      }),
    );
    expect(new Set(shapes.map(String))).toEqual(new Set(["0,20,38"]));
  });

  it("reused salts: reveal a customer in every snapshot, and the difference of two balances", () => {
    expect(saltedOnce("bob", "salt of bob")).toBe(saltedOnce("bob", "salt of bob"));
  });

  it("reused salts: here two snapshots of the same customers and balances have no hash in common", async () => {
    const rows = customers(40, assets);
    const [first, second] = await Promise.all([buildSum(rows, 1), buildSum(rows, 2)]);
    const hashesOf = (tree: LiabilityTree) =>
      rows.flatMap(({ customerId }) => {
        const { leaves, siblings } = tree.prove([customerId]);
        return [
          ...leaves.map(({ salt }) => bytesToHex(salt)),
          ...siblings.map(({ hash }) => bytesToHex(hash)),
        ];
      });
    const known = new Set(hashesOf(first));
    expect(hashesOf(second).filter((hash) => known.has(hash))).toEqual([]);
  });

  it("reused salts: the customer's key exposes a custodian who reuses one", async () => {
    const tree = await buildSum([row("alice", 5n)], 1);
    const later = await buildSum([row("alice", 5n)], 2);
    const earlier = tree.prove(["alice"]).leaves;
    const proof = later.prove(["alice"]);
    const leaves = proof.leaves.map((leaf, share) => ({ ...leaf, salt: earlier[share]!.salt }));
    const file = { ...proof, leaves };
    expect(verifyProof(file, { userKey: userKeyOf(1) })).toMatchObject({
      error: refusal("PROOF_MISMATCH: salt does not match the customer's key and the snapshot"),
    });
  });
});
