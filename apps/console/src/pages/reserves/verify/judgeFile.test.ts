import { expect, it } from "vitest";
import { judgeFile } from "./judgeFile.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it("files of others are known by what they hold, and their weaknesses are named", () => {
  const hash = `0x${"ab".repeat(32)}`;
  const others = [
    [{ format: "simple-v1", tree: [hash], values: [{ value: hash, treeIndex: 0 }] }, "LEAF_NODE_CONFUSABLE"],
    [{ value: hash, proof: [], root: hash }, "PLACE_UNBOUND"],
  ] as const;
  for (const [file, weakness] of others) {
    const judged = judgeFile(bytes(JSON.stringify(file)), {});
    expect(judged).toMatchObject({ kind: "published", refusal: undefined, root: hash });
    const names = judged.kind === "published" ? judged.weaknesses.map(({ name }) => name) : [];
    expect(names).toContain(weakness);
  }
  expect(judgeFile(bytes("username,balance_ETH_ETH\na,1\n"), {})).toMatchObject({ totals: { ETH_ETH: "1" } });
});

it("a proof that an editor saved in another form is refused, and told from what is no JSON", () => {
  const expected = (text: string) => judgeFile(bytes(text), {}).refusal?.expected;
  const ours = '"format":"trellis liability proof"';
  for (const text of [`{${ours}}\n`, `\uFEFF{${ours}}`, `{\n  ${ours}\n}`])
    expect(expected(text)).toContain("editor");
  for (const text of [`{${ours}`, `\uFEFF{${ours},`]) expect(expected(text)).toBeUndefined();
});

it("PUB-6, PUBLISHED_FORMAT_INVALID: Bitget's and newer OKX files are named, in whatever form they were saved", () => {
  const balances = { BTC: "1", ETH: "0", USDT: "0" };
  const bitget = { balances, nonce: "a", level: 2, merkelLeaf: "d2b2b4a40a675e24", role: 2 };
  const okx = { balances: { ...balances, OKB: "1" }, nonce: "a", hash: "b", height: 1, type: 1 };
  const others: readonly (readonly [object, RegExp])[] = [
    [{ path: [bitget, bitget], self: bitget }, /Bitget/],
    [{ hash: "a", nodes: [{ balances, hash: "b" }], nonce: "c", totalBalances: balances }, /OKX.*second/],
    [{ batch_inclusion_proof: { merkle_path: [] }, trunk_inclusion_proof: {} }, /OKX.*STARK/],
    [{ self: okx, path: [{ ...okx, type: 2 }, okx] }, /OKX.*first/],
  ];
  for (const [file, format] of others)
    for (const text of [JSON.stringify(file), `\uFEFF${JSON.stringify(file, null, 4)}\n`]) {
      const judged = judgeFile(bytes(text), {});
      expect(judged).toMatchObject({ kind: "published", format: expect.stringMatching(format) });
      expect(judged.refusal?.code).toBe("PUBLISHED_FORMAT_INVALID");
      expect(judged.refusal?.message).toContain("reason: not supported");
    }
});

it("PROOF_MALFORMED: JSON of no known structure is of an unknown format, and not one that an editor saved", () => {
  for (const text of ['{"a":1}', '{"a":1}\n', '{\n  "a": 1\n}', '{"self":{},"path":[]}']) {
    const { refusal } = judgeFile(bytes(text), {});
    expect(refusal?.code).toBe("PROOF_MALFORMED");
    expect(refusal?.message).toContain("reason: unknown format");
    expect(refusal?.expected).not.toContain("editor");
  }
});

it("what is none of them is refused by its code, and nothing is thrown for what is in it", () => {
  const hash = `0x${"ab".repeat(32)}`;
  const refused: readonly (readonly [string, string])[] = [
    ["", "PROOF_MALFORMED"],
    ["{", "PROOF_MALFORMED"],
    ["null", "PROOF_MALFORMED"],
    ['{"__proto__":1}', "PROOF_MALFORMED"],
    ["<script>", "PROOF_MALFORMED"],
    [`{"value":"${hash}","proof":["0x12"],"root":"${hash}"}`, "PUBLISHED_FORMAT_INVALID"],
    ['{"leaf":"(1,2)","siblings":[{"side":"up"}],"root":"0x00"}', "PUBLISHED_FORMAT_INVALID"],
    ['{"leaf":"(1,2)","siblings":[null],"root":"0x00"}', "PUBLISHED_FORMAT_INVALID"],
    ["username;balances\na;-1\n", "PUBLISHED_FORMAT_INVALID"],
  ];
  for (const [text, code] of refused) {
    const judged = judgeFile(bytes(text), {});
    expect([text, judged.refusal?.code]).toEqual([text, code]);
  }
});
