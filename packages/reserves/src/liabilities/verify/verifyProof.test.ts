import { beforeAll, describe, expect, it } from "vitest";
import { nameOf, refusal } from "../../testing/refusal.ts";
import { serverHashes } from "../hashes.ts";
import { plainScheme, sumScheme } from "../schemes.ts";
import { assetList, customers, snapshot, userKeyOf } from "../testing/customers.ts";
import { doubledCustomer } from "../testing/doubledCustomer.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import type { LiabilityTree } from "../tree/LiabilityTree.ts";
import { hashAssetList } from "./assetList.ts";
import { HASH_NAMES, hashNamed, hashNumbered, portableHashes } from "./hashes.ts";
import type { LeafOpening, ProofFile } from "./ProofFile.ts";
import { hashShareOwner, leafPreimage, leafSalt, nodePreimage, shareSalts } from "./preimages.ts";
import { decodeProof, encodeProof } from "./proofBinary.ts";
import { proofFromJson, proofToJson } from "./proofJson.ts";
import { hashRootRecord, type RootRecord } from "./RootRecord.ts";
import { amountsFromSums, sumsFromAmounts } from "./sums.ts";
import { type Verdict, verifyProof, verifyProofFile } from "./verifyProof.ts";

const assets = assetList(2, true);
const build = (number: number, scheme = sumScheme) =>
  scheme.build(customers(20, assets), snapshot(number, assets), { random: seededBytes(`verify ${number}`) });

let tree: LiabilityTree;
let plain: LiabilityTree;
let other: LiabilityTree;
let file: ProofFile;
beforeAll(async () => {
  [tree, plain, other] = await Promise.all([build(1), build(1, plainScheme), build(2)]);
  file = tree.prove(["customer 5"]);
});

function failure(verdict: Verdict) {
  return verdict.isValid ? undefined : { code: nameOf(verdict.error), level: verdict.level };
}

function withRecord(fields: Partial<RootRecord>): ProofFile {
  return { ...file, record: { ...file.record, ...fields } };
}

function withLeaf(fields: Partial<LeafOpening>): ProofFile {
  const [first, ...others] = file.leaves as [LeafOpening, ...LeafOpening[]];
  return { ...file, leaves: [{ ...first, ...fields }, ...others] };
}

describe("comparison with expected values", () => {
  it("PROOF_MISMATCH: a proof for another snapshot", () => {
    const { snapshotId } = tree.record;
    const verdict = verifyProof(other.prove(["customer 5"]), { snapshotId });
    expect(failure(verdict)).toEqual({
      code: "PROOF_MISMATCH: for another snapshot",
      level: undefined,
    });
  });

  it("PROOF_MISMATCH: another record than the published one", () => {
    const recordHash = hashRootRecord(portableHashes.sha256, other.record);
    expect(failure(verifyProof(file, { recordHash }))?.code).toBe("PROOF_MISMATCH: different root record");
  });

  it("PROOF_MISMATCH: another customer's proof, or one of several", () => {
    const expected = { customerId: "customer 6" };
    expect(failure(verifyProof(file, expected))).toEqual({
      code: "PROOF_MISMATCH: for another customer",
      level: 0,
    });
    const both = tree.prove(["customer 5", "customer 6"]);
    expect(failure(verifyProof(both, expected))?.code).toBe("PROOF_MISMATCH: for another customer");
  });

  it("PROOF_MISMATCH: one base unit less", () => {
    const balances = { equity: [50n, 50n], debt: [16n, 17n] };
    expect(failure(verifyProof(file, { balances }))).toEqual({
      code: "PROOF_MISMATCH: not the expected balance",
      level: 0,
    });
    balances.equity[1] = 51n;
    expect(verifyProof(file, { balances })).toMatchObject({ isValid: true });
  });

  it("PROOF_MISMATCH: another customer's salt", () => {
    expect(verifyProof(file, { userKey: userKeyOf(5) })).toMatchObject({ isValid: true });
    const failed = failure(verifyProof(file, { userKey: userKeyOf(6) }));
    expect(failed).toEqual({
      code: "PROOF_MISMATCH: salt does not match the customer's key and the snapshot",
      level: 0,
    });
  });
});

describe("validity of the proof itself", () => {
  it("PROOF_MISMATCH: decimals that increase an amount", () => {
    const dearer = { ...assets, assets: assets.assets.map(({ id }) => ({ id, decimals: 0 })) };
    expect(failure(verifyProof({ ...file, assets: dearer }))?.code).toBe(
      "PROOF_MISMATCH: the list of assets differs from the record's",
    );
  });

  it("PROOF_PATH_INVALID: outside the tree, duplicate, or out of order", () => {
    const [leaf, other] = file.leaves;
    const outside = { ...file, leaves: [leaf!, { ...other!, position: 2 ** file.record.depth }] };
    expect(failure(verifyProof(outside))).toEqual({
      code: "PROOF_PATH_INVALID: the positions are not ascending places of the tree",
      level: 0,
    });
    expect(failure(verifyProof({ ...file, leaves: [other!, leaf!] }))?.code).toBe(
      "PROOF_PATH_INVALID: the positions are not ascending places of the tree",
    );
    expect(failure(verifyProof({ ...file, leaves: [leaf!, leaf!] }))?.code).toBe(
      "PROOF_PATH_INVALID: the positions are not ascending places of the tree",
    );
    expect(failure(verifyProof({ ...file, leaves: [] }))?.code).toBe(
      "PROOF_PATH_INVALID: the positions are not ascending places of the tree",
    );
  });

  it("PROOF_PATH_INVALID: one customer at two positions of one tree", () => {
    const { proofs, together } = doubledCustomer(new Uint8Array(32).fill(1));
    for (const proof of proofs) expect(verifyProof(proof)).toMatchObject({ isValid: true });
    expect(failure(verifyProof(together))).toEqual({
      code: "PROOF_PATH_INVALID: duplicate customer",
      level: 0,
    });
  });

  it("PROOF_PATH_INVALID: missing or excess siblings, at their level", () => {
    const short = { ...file, siblings: file.siblings.slice(0, 6) };
    expect(failure(verifyProof(short))).toEqual({
      code: "PROOF_PATH_INVALID: length does not match the published depth",
      level: 3,
    });
    const long = { ...file, siblings: [...file.siblings, file.siblings[0]!] };
    expect(failure(verifyProof(long))).toEqual({
      code: "PROOF_PATH_INVALID: length does not match the published depth",
      level: file.record.depth,
    });
    for (const depth of [0, 33, 255]) {
      expect(failure(verifyProof(withRecord({ depth })))?.code).toBe(
        "PROOF_PATH_INVALID: length does not match the published depth",
      );
    }
    const plainFile = plain.prove(["customer 5"]);
    for (const fields of [{ depth: 4 }, { treeSize: 0 }, { treeSize: 33 }]) {
      const changed = { ...plainFile, record: { ...plainFile.record, ...fields } };
      expect(failure(verifyProof(changed))?.code).toBe(
        "PROOF_PATH_INVALID: length does not match the published depth",
      );
    }
  });

  it("PROOF_PATH_INVALID: an inner node as a leaf with a shorter path", () => {
    const higher = { ...file, siblings: file.siblings.slice(2) };
    const level = file.siblings.length / 2 - 1;
    expect(failure(verifyProof(higher))).toEqual({
      code: "PROOF_PATH_INVALID: length does not match the published depth",
      level,
    });
  });

  it("PROOF_PATH_INVALID: a duplicated last node", () => {
    const [leaf] = file.leaves;
    const digest = portableHashes.sha256;
    const owner = hashShareOwner(digest, leaf!.customerId, 0);
    const hash = digest(leafPreimage(file.record.snapshotId, owner, leaf!.salt, leaf!.sums, 2));
    const siblings = [{ hash, sums: leaf!.sums }, ...file.siblings.slice(1)];
    expect(failure(verifyProof({ ...file, siblings }))).toEqual({
      code: "PROOF_PATH_INVALID: a node is its own sibling",
      level: 0,
    });
  });

  it("SUM_OVERFLOW: sums that would wrap, at their level", () => {
    const sums = sumsFromAmounts([2n ** 128n - 1n, 0n, 0n, 0n]);
    const siblings = file.siblings.with(8, { ...file.siblings[8]!, sums });
    expect(failure(verifyProof({ ...file, siblings }))).toEqual({ code: "SUM_OVERFLOW", level: 5 });
  });

  it("PROOF_ROOT_MISMATCH: a changed balance, salt or sibling", () => {
    const level = file.record.depth;
    const changed: ProofFile[] = [
      withLeaf({ sums: sumsFromAmounts([51n, 51n, 16n, 17n]) }),
      withLeaf({ salt: new Uint8Array(32) }),
      { ...file, siblings: file.siblings.with(2, { ...file.siblings[2]!, hash: new Uint8Array(32) }) },
    ];
    for (const forged of changed) {
      expect(failure(verifyProof(forged))).toEqual({ code: "PROOF_ROOT_MISMATCH", level });
    }
  });

  it("PROOF_ROOT_MISMATCH: published totals that differ from the tree", () => {
    const totals = file.record.totals.slice();
    totals[15] = (totals[15] as number) ^ 1;
    const level = file.record.depth;
    expect(failure(verifyProof(withRecord({ totals })))).toEqual({
      code: "PROOF_ROOT_MISMATCH: totals differ",
      level,
    });
  });

  it("PROOF_MALFORMED: fields of another width, assembled without a decoder", () => {
    const [leaf] = file.leaves;
    const widths: ProofFile[] = [
      withRecord({ totals: new Uint8Array(16) }),
      withRecord({ snapshotId: new Uint8Array(31) }),
      withLeaf({ sums: leaf!.sums.subarray(16) }),
      { ...file, siblings: file.siblings.with(0, { hash: new Uint8Array(64), sums: new Uint8Array(0) }) },
    ];
    for (const changed of widths) expect(failure(verifyProof(changed))?.code).toBe("PROOF_MALFORMED");
  });

  it("an unrelated error is not a verdict", () => {
    const broken = { ...portableHashes, sha256: () => [][0] as unknown as Uint8Array };
    expect(() => verifyProof(file, {}, broken)).toThrow(TypeError);
  });
});

describe("files", () => {
  it("refuses every flipped, added or removed byte, in both encodings", () => {
    for (const proof of [file, plain.prove(["customer 5"]), tree.prove(["customer 1", "customer 2"])]) {
      const recordHash = hashRootRecord(portableHashes.sha256, proof.record);
      const binary = encodeProof(proof);
      for (const bytes of [binary, new TextEncoder().encode(proofToJson(proof))]) {
        expect(verifyProofFile(bytes)).toMatchObject({ isValid: true });
        for (const [offset, byte] of bytes.entries()) {
          for (const flip of bytes === binary ? [0x01, 0x20, 0x80] : [0x01]) {
            const verdict = verifyProofFile(bytes.with(offset, byte ^ flip), { recordHash });
            expect(verdict.isValid, `byte ${offset} of ${bytes.length} flipped by ${flip}`).toBe(false);
          }
        }
        for (let size = 0; size < bytes.length; size += 7) {
          expect(verifyProofFile(bytes.subarray(0, size)).isValid, `${size} bytes`).toBe(false);
        }
        const more = new Uint8Array(bytes.length + 1);
        more.set(bytes);
        expect(verifyProofFile(more)).toMatchObject({ isValid: false, code: "PROOF_MALFORMED" });
      }
    }
  });

  it("PROOF_MALFORMED", () => {
    const newer = encodeProof(file).with(3, 3);
    expect(failure(verifyProofFile(newer))?.code).toBe("PROOF_MALFORMED: unknown version");
    const record = encodeProof(file).with(7, 3);
    expect(failure(verifyProofFile(record))?.code).toBe("PROOF_MALFORMED: unknown version");
    const json = proofToJson(file).replace('"version":2', '"version":3');
    expect(() => proofFromJson(json)).toThrowError(refusal("PROOF_MALFORMED: unknown version"));
  });

  it("LIABILITIES_INPUT_INVALID", () => {
    expect(failure(verifyProofFile(encodeProof(file).with(9, 9)))?.code).toBe(
      "LIABILITIES_INPUT_INVALID: no such hash function",
    );
    expect(() => hashNamed("md5")).toThrowError(refusal("LIABILITIES_INPUT_INVALID: no such hash function"));
    for (const name of HASH_NAMES) expect(hashNamed(name)).toBe(name);
    expect(hashNumbered(2)).toBe("keccak256");
  });

  it("LIABILITIES_INPUT_INVALID", () => {
    const refused = refusal("LIABILITIES_INPUT_INVALID: invalid asset list of a snapshot");
    const digest = portableHashes.sha256;
    const [asset] = assets.assets;
    for (const list of [
      [],
      [asset!, asset!],
      [{ id: "", decimals: 1 }],
      [{ id: "x".repeat(65), decimals: 1 }],
      [{ id: "lone \ud800", decimals: 1 }],
      [{ id: "x", decimals: 78 }],
      [{ id: "x", decimals: 0.5 }],
      Array.from({ length: 257 }, (_, index) => ({ id: String(index), decimals: 0 })),
    ]) {
      expect(() => hashAssetList(digest, { assets: list, hasDebt: false })).toThrowError(refused);
    }
  });
});

describe("hashes and salts", () => {
  it("the verifier's functions are those of the builder", () => {
    for (const name of HASH_NAMES) {
      for (const size of [0, 1, 55, 56, 64, 98, 200, 1400]) {
        const bytes = Uint8Array.from({ length: size }, (_, index) => index);
        expect(portableHashes[name](bytes)).toEqual(serverHashes[name](bytes));
      }
    }
  });

  it("a node's message consists of both whole children and the level", () => {
    const child = (byte: number) => ({
      hash: new Uint8Array(32).fill(byte),
      sums: sumsFromAmounts([BigInt(byte)]),
    });
    const message = nodePreimage(3, child(1), child(2));
    expect(message).toHaveLength(2 + 2 * 48);
    expect([...message.subarray(0, 2)]).toEqual([1, 3]);
    expect(amountsFromSums(message.subarray(34, 50))).toEqual([1n]);
    expect(amountsFromSums(message.subarray(82))).toEqual([2n]);
  });

  it("a salt is HKDF-SHA-256 of key and snapshot", async () => {
    const { hkdfSync } = await import("node:crypto");
    const snapshotId = new Uint8Array(32).fill(7);
    const expected = hkdfSync("sha256", userKeyOf(1), snapshotId, "trellis reserves leaf salt", 32);
    expect(leafSalt(portableHashes.sha256, userKeyOf(1), snapshotId)).toEqual(new Uint8Array(expected));
    const both = hkdfSync("sha256", userKeyOf(1), snapshotId, "trellis reserves share salts", 64);
    const salts = shareSalts(portableHashes.sha256, userKeyOf(1), snapshotId);
    expect(Buffer.concat(salts)).toEqual(Buffer.from(both));
  });
});

it("a decoded proof equals the encoded one", () => {
  expect(decodeProof(encodeProof(file))).toEqual(file);
});
