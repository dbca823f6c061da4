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
  for (const text of ['{"a":1}\n', '\uFEFF{"a":1}', '{\n  "a": 1\n}'])
    expect(expected(text)).toContain("editors");
  for (const text of ['{"a":1', '\uFEFF{"a":', '{"a":1}']) expect(expected(text)).toBeUndefined();
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
    ['{"self":{},"path":[]}', "PUBLISHED_FORMAT_INVALID"],
    ['{"leaf":"(1,2)","siblings":[{"side":"up"}],"root":"0x00"}', "PUBLISHED_FORMAT_INVALID"],
    ['{"leaf":"(1,2)","siblings":[null],"root":"0x00"}', "PUBLISHED_FORMAT_INVALID"],
    ["username;balances\na;-1\n", "PUBLISHED_FORMAT_INVALID"],
  ];
  for (const [text, code] of refused) {
    const judged = judgeFile(bytes(text), {});
    expect([text, judged.refusal?.code]).toEqual([text, code]);
  }
});
