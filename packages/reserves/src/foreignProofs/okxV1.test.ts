import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { addRoundedDown } from "./decimal.ts";
import { okxLeafHash, okxParent, verifyOkxV1 } from "./index.ts";

const only = (BTC: string) => ({ BTC, ETH: "0", USDT: "0" });

interface Leaf {
  readonly nonce: string;
  readonly balances: { readonly BTC: string; readonly ETH: string; readonly USDT: string };
}

const leafOf = ({ nonce, balances }: Leaf) => ({
  nonce,
  balances,
  hash: okxLeafHash(nonce, balances),
  height: 1,
});

function shown(self: Leaf, other: Leaf, otherBalances: Leaf["balances"], root: object, isLeft: boolean) {
  return {
    self: { ...leafOf(self), type: isLeft ? 1 : 2 },
    path: [
      { hash: leafOf(other).hash, balances: otherBalances, height: 1, type: isLeft ? 2 : 1 },
      { ...root, type: 3 },
    ],
  };
}

const ann = { nonce: "a1", balances: only("100") };
const bob = { nonce: "b2", balances: only("60") };

describe("OKX's first format", () => {
  it("accepts an honest tree of two", () => {
    const root = okxParent(leafOf(ann), leafOf(bob), 2);
    expect(verifyOkxV1(shown(ann, bob, bob.balances, root, true)).totals).toEqual(only("160"));
    expect(verifyOkxV1(shown(bob, ann, ann.balances, root, false)).totals).toEqual(only("160"));
  });

  it("attack SUM_ONLY_HASHED: both customers verify against a root with the larger balance instead of the sum", () => {
    const root = okxParent(leafOf(ann), { ...leafOf(bob), balances: only("0") }, 2);
    expect(root.balances).toEqual(only("100"));
    const first = verifyOkxV1(shown(ann, bob, only("0"), root, true));
    const second = verifyOkxV1(shown(bob, ann, only("40"), root, false));
    expect(first.root).toBe(second.root);
    // Liabilities are 160 but the published total is 100; no customer can detect this.
    expect([first.totals, second.totals]).toEqual([only("100"), only("100")]);
    expect(first.weaknesses).toEqual(expect.arrayContaining(["SUM_ONLY_HASHED", "SIBLING_BALANCES_UNBOUND"]));
  });

  it("attack DECIMALS_JOINED: one root stands for two sets of totals", () => {
    const rich = leafOf({ nonce: "a", balances: { BTC: "10", ETH: "2", USDT: "2" } });
    const zero = { nonce: "z", balances: only("0") };
    const root = okxParent(rich, leafOf(zero), 2);
    expect(root.balances).toEqual({ BTC: "10", ETH: "2", USDT: "2" });
    // "10", "2", "2" and "1", "0", "22" concatenate to the same text.
    const poor = { BTC: "1", ETH: "0", USDT: "22" };
    const forged = {
      self: { ...leafOf(zero), type: 2 },
      path: [
        { hash: rich.hash, balances: poor, height: 1, type: 1 },
        { hash: root.hash, balances: poor, height: 2, type: 3 },
      ],
    };
    expect(verifyOkxV1(forged)).toMatchObject({ root: `0x${root.hash}`, totals: poor });
  });

  it("attack NEGATIVE_ADMITTED: an invented customer's debt hides liabilities", () => {
    const debtor = { nonce: "d", balances: only("-90") };
    const root = okxParent(leafOf(ann), leafOf(debtor), 2);
    expect(verifyOkxV1(shown(ann, debtor, debtor.balances, root, true)).totals).toEqual(only("10"));
  });

  it("attack IDENTITY_ABSENT: two customers with one balance are shown one leaf", () => {
    const root = okxParent(leafOf(ann), leafOf(bob), 2);
    const proof = shown(ann, bob, bob.balances, root, true);
    for (const _ of ["ann", "her namesake"])
      expect(verifyOkxV1(proof).weaknesses).toContain("IDENTITY_ABSENT");
  });

  it("attack ROUNDED_DOWN: amounts below a hundred-millionth vanish at every level", () => {
    expect(addRoundedDown("0.000000009", "0.000000009")).toBe("0.00000001");
    expect(addRoundedDown("0.000000009", "0")).toBe("0");
    const dust = { nonce: "e", balances: only("0.000000009") };
    const root = okxParent(leafOf(dust), leafOf({ ...dust, nonce: "f" }), 2);
    expect(root.balances.BTC).toBe("0.00000001");
  });

  it("sums are exact", () => {
    const amounts = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    const text = (units: bigint) => {
      const digits = (units < 0n ? -units : units).toString().padStart(9, "0");
      return `${units < 0n ? "-" : ""}${digits.slice(0, -8)}.${digits.slice(-8)}`;
    };
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const [whole = "", fraction = ""] = addRoundedDown(text(a), text(b)).split(".");
        expect(BigInt(whole + fraction.padEnd(8, "0"))).toBe(a + b);
      }),
    );
  });

  const root = okxParent(leafOf(ann), leafOf(bob), 2);
  const proof = shown(ann, bob, bob.balances, root, true);
  it.each<[string, unknown]>([
    [
      "PUBLISHED_PROOF_WRONG: a leaf is not the hash of its content",
      { ...proof, self: { ...proof.self, balances: only("99") } },
    ],
    [
      "PUBLISHED_PROOF_WRONG: the balances do not add up to the published totals",
      shown(ann, bob, only("1"), root, true),
    ],
    [
      "PUBLISHED_PROOF_WRONG: it does not lead to the published root",
      shown(ann, bob, bob.balances, { ...root, height: 3 }, true),
    ],
    [
      "PUBLISHED_PROOF_WRONG: it does not lead to the published root",
      shown(ann, ann, bob.balances, root, true),
    ],
    ["PUBLISHED_FORMAT_INVALID", { ...proof, self: { ...proof.self, type: 2 } }],
    ["PUBLISHED_FORMAT_INVALID", shown(ann, bob, only("1e3"), root, true)],
    ["PUBLISHED_FORMAT_INVALID", { ...proof, path: proof.path.slice(1) }],
    ["PUBLISHED_FORMAT_INVALID", []],
  ])("%s", (code, file) => {
    expect(() => verifyOkxV1(file)).toThrowError(refusal(code));
  });

  it("returns a verdict or a code for any JSON", () => {
    const amount = fc.constantFrom("1", "0.5", "-3", "", "1.", ".5", "NaN", "9".repeat(50));
    const node = fc.record({
      balances: fc.record({ BTC: amount, ETH: amount, USDT: amount }),
      type: fc.integer({ min: 0, max: 5 }),
      hash: fc.string(),
      height: fc.integer(),
      nonce: fc.string(),
    });
    const files = fc.oneof(fc.jsonValue(), fc.record({ self: node, path: fc.array(node) }));
    fc.assert(
      fc.property(files, (file) => {
        expect(() => verifyOkxV1(file)).toThrowError(
          expect.objectContaining({ code: expect.stringMatching(/^PUBLISHED_/) }),
        );
      }),
    );
  });
});
