import { bytesToHex, hexToBytes } from "@trellis/base";
import { expect, it } from "vitest";
import {
  type BlockTemplate,
  createGenesis,
  devParameters,
  EMPTY_BODY,
  mergeTemplates,
  sealHash,
  sealRoot,
  ZERO_HASH,
} from "../index.ts";

const parameters = devParameters({ accounts: [] });

function templateOf(shard: number, stream = 1): BlockTemplate {
  const header = { ...createGenesis(parameters, ZERO_HASH, shard).header, stream };
  const root = hexToBytes(sealRoot(shard, sealHash(header), []));
  return { header, body: EMPTY_BODY, sealRoot: root, target: BigInt(shard + 7) };
}

it("BLOCK-4.3: templates get a common seal root, and keep all else", () => {
  const templates = [0, 1, 2, 6].map((shard) => templateOf(shard));
  const merged = mergeTemplates(templates);
  const root = bytesToHex(merged[0]!.sealRoot);
  for (const [index, { header, body, target, sealRoot: own }] of merged.entries()) {
    const before = templates[index]!;
    expect({ body, target }).toEqual({ body: before.body, target: before.target });
    expect(header).toEqual({ ...before.header, seal: { branch: header.seal.branch, nonce: 0n } });
    expect(bytesToHex(own)).toBe(root);
    // As nodes verify it.
    expect(sealRoot(header.shard, sealHash(header), header.seal.branch)).toBe(root);
  }
  expect(merged.map(({ header }) => header.seal.branch.length)).toEqual([2, 1, 3, 3]);
});

it("BLOCK-4.3: one template keeps its seal root", () => {
  expect(mergeTemplates([templateOf(5)])).toEqual([templateOf(5)]);
});

it("ARGUMENT_INVALID: no template, two streams, or a repeated shard", () => {
  for (const templates of [[], [templateOf(0, 1), templateOf(1, 2)], [templateOf(3), templateOf(3)]])
    expect(() => mergeTemplates(templates)).toThrow(expect.objectContaining({ code: "ARGUMENT_INVALID" }));
});
