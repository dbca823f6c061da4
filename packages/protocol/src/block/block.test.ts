import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { describe, expect, it } from "vitest";
import {
  ANCHORED_HEADER_VERSION,
  BODY_LIMITS,
  type Body,
  bodyRoot,
  type Certificate,
  type CrossLink,
  type CrossShardLists,
  createBlock,
  createGenesis,
  decodeBlock,
  decodeBody,
  decodeHeader,
  devParameters,
  EMPTY_BODY,
  EMPTY_CROSS_SHARD_LISTS,
  encodeBlock,
  encodeBody,
  encodeCrossLink,
  encodeHeader,
  encodeMessageBatch,
  encodeRlp,
  type Hash,
  HEADER_LIMITS,
  type Header,
  headerHash,
  leafHash,
  type MessageBatch,
  merkleRoot,
  nodeHash,
  sealHash,
  sealRoot,
  signTransaction,
  TRANSACTION_TYPES,
  type Transaction,
  type Vote,
  ZERO_HASH,
} from "../index.ts";
import { refusal } from "../testing/refusal.ts";

const parameters = devParameters({ accounts: [] });
const { header: genesisHeader } = createGenesis(parameters, ZERO_HASH);
const hash = (byte: number): Hash => `0x${byte.toString(16).padStart(2, "0").repeat(32)}`;
const bodyOf = (transactions: readonly Transaction[]): Body => ({ ...EMPTY_BODY, transactions });
const throwsCode = (label: string, run: () => unknown) => expect(run).toThrow(refusal(label));

const transaction = signTransaction(
  {
    type: TRANSACTION_TYPES.legacy,
    chainId: 31_337n,
    nonce: 0n,
    gasLimit: 21_000n,
    to: null,
    value: 0n,
    data: new Uint8Array(0),
    accessList: [],
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  },
  hexToBytes(hash(0x46)),
);

const widest: Header = {
  version: HEADER_LIMITS.uint16Max,
  shard: HEADER_LIMITS.uint16Max,
  parents: Array.from({ length: HEADER_LIMITS.parentsMax }, (_, index) => hash(index)),
  bodyRoot: hash(1),
  acceptedRoot: hash(2),
  stateRoot: hash(3),
  receiptsRoot: hash(4),
  logsBloom: new Uint8Array(256).fill(0xff),
  gasUsed: 2n ** 64n - 1n,
  baseFee: 2n ** 256n - 1n,
  timestampMs: Number.MAX_SAFE_INTEGER,
  stream: HEADER_LIMITS.uint8Max,
  bits: HEADER_LIMITS.uint32Max,
  daaScore: Number.MAX_SAFE_INTEGER,
  blueScore: Number.MAX_SAFE_INTEGER,
  blueWork: 2n ** 256n - 1n,
  number: Number.MAX_SAFE_INTEGER,
  finalized: hash(5),
  miner: `0x${"ee".repeat(20)}`,
  extra: new Uint8Array(HEADER_LIMITS.extraBytesMax),
  seal: {
    branch: Array.from({ length: HEADER_LIMITS.branchMax }, (_, index) => hash(index)),
    nonce: 2n ** 64n - 1n,
  },
};

const certificate: Certificate = {
  epoch: 1,
  height: 7,
  round: 0,
  step: "precommit",
  value: ZERO_HASH,
  signers: Uint8Array.of(1),
  signature: new Uint8Array(96),
};

describe("BLOCK-1", () => {
  it("fits every field at its maximum into the size limit", () => {
    const encoded = encodeHeader(widest);
    expect(encoded.length).toBeLessThanOrEqual(HEADER_LIMITS.bytesMax);
    expect(decodeHeader(encoded)).toEqual(widest);
  });

  it("version 2 has an anchor, also at its maximum; other versions have none (RLP_INVALID)", () => {
    const anchor = { hash: hash(6), number: Number.MAX_SAFE_INTEGER, epoch: Number.MAX_SAFE_INTEGER };
    const anchored: Header = { ...widest, version: ANCHORED_HEADER_VERSION, anchor };
    const encoded = encodeHeader(anchored);
    expect(encoded.length).toBeLessThanOrEqual(HEADER_LIMITS.bytesMax);
    expect(decodeHeader(encoded)).toEqual(anchored);
    for (const changed of [{ hash: hash(7) }, { number: 0 }, { epoch: 0 }]) {
      const other = { ...anchored, anchor: { ...anchor, ...changed } };
      expect(headerHash(other)).not.toBe(headerHash(anchored));
      expect(sealHash(other)).not.toBe(sealHash(anchored));
    }
    for (const wrong of [
      { ...anchored, version: 1 },
      { ...widest, version: ANCHORED_HEADER_VERSION },
    ])
      expect(() => decodeHeader(encodeHeader(wrong))).toThrow(
        expect.objectContaining({ code: "RLP_INVALID" }),
      );
  });

  it("BLOCK-2: the hash covers every field; BLOCK-3: the seal hash covers all but the seal", () => {
    const changes: Partial<Header>[] = [
      ...Object.keys(widest).map((field) => ({ [field]: genesisHeader[field as keyof Header] })),
      { seal: { ...widest.seal, nonce: 1n } },
      { seal: { ...widest.seal, branch: [] } },
    ];
    for (const change of changes) {
      expect(headerHash({ ...widest, ...change })).not.toBe(headerHash(widest));
      const isSealed = !("seal" in change);
      expect(sealHash({ ...widest, ...change }) !== sealHash(widest)).toBe(isSealed);
    }
  });

  it("a decoded header does not retain its input bytes", () => {
    const header = { ...widest, extra: new Uint8Array(HEADER_LIMITS.extraBytesMax).fill(7) };
    const encoded = encodeHeader(header);
    const decoded = decodeHeader(encoded);
    encoded.fill(0);
    expect(decoded).toEqual(header);
  });

  it("RLP_INVALID: too many items", () => {
    const parents = Array.from({ length: HEADER_LIMITS.parentsMax + 1 }, () => ZERO_HASH);
    throwsCode("RLP_INVALID: too many items", () =>
      decodeHeader(encodeHeader({ ...genesisHeader, parents })),
    );
  });
  it("BLOCK_TOO_LARGE: header", () => {
    throwsCode("BLOCK_TOO_LARGE: header", () => decodeHeader(new Uint8Array(HEADER_LIMITS.bytesMax + 1)));
  });
});

describe("BLOCK-4", () => {
  const [a, b, c, d] = [hash(0xa), hash(0xb), hash(0xc), hash(0xd)].map(leafHash) as [Hash, Hash, Hash, Hash];

  it("is the seal hash's leaf when one shard is mined alone", () => {
    expect(sealRoot(0, hash(0xa), [])).toBe(a);
    expect(sealRoot(3, hash(0xa), [])).toBe(a);
  });

  it("is one root for four shards, whose lowest bit decides at the root", () => {
    const root = nodeHash(nodeHash(a, c), nodeHash(b, d));
    expect(sealRoot(0, hash(0xa), [c, nodeHash(b, d)])).toBe(root);
    expect(sealRoot(1, hash(0xb), [d, nodeHash(a, c)])).toBe(root);
    expect(sealRoot(2, hash(0xc), [a, nodeHash(b, d)])).toBe(root);
    expect(sealRoot(3, hash(0xd), [b, nodeHash(a, c)])).toBe(root);
  });

  it("has one leaf for a shard, whatever the depth", () => {
    expect(sealRoot(1, hash(0xb), [a])).toBe(nodeHash(a, b));
    expect(sealRoot(1, hash(0xd), [c, a])).toBe(nodeHash(a, nodeHash(d, c)));
  });
});

describe("BLOCK-6", () => {
  it("is a Merkle root with RFC 6962's shape", () => {
    const [a, b, c] = [hash(1), hash(2), hash(3)];
    expect(merkleRoot([])).toBe("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    expect(merkleRoot([a])).toBe(leafHash(a));
    expect(merkleRoot([a, b, c])).toBe(nodeHash(nodeHash(leafHash(a), leafHash(b)), leafHash(c)));
    expect(merkleRoot([a, b, c, a, b])).toBe(nodeHash(merkleRoot([a, b, c, a]), leafHash(b)));
  });

  it("distinguishes a body from every other", () => {
    const other = signTransaction({ ...transaction, nonce: 1n }, hexToBytes(hash(0x46)));
    const roots = [[], [transaction], [transaction, other], [other, transaction], [transaction, transaction]];
    expect(new Set(roots.map((transactions) => bodyRoot(bodyOf(transactions)))).size).toBe(roots.length);
  });

  it("covers every field of every certificate and every vote of evidence, and their order", () => {
    const vote: Vote = { epoch: 1, height: 7, round: 0, step: "prevote", value: hash(1), validator: 2 };
    const signed = (change: Partial<Vote> = {}) => ({
      message: { ...vote, ...change },
      signature: new Uint8Array(96),
    });
    const [first, second, third] = [signed(), signed({ value: hash(2) }), signed({ value: undefined })];
    const changes: Partial<Certificate>[] = [
      {},
      ...[{ epoch: 2 }, { height: 8 }, { round: 1 }, { step: "prevote" as const }, { value: hash(9) }],
      ...[{ signers: Uint8Array.of(3) }, { signature: new Uint8Array(96).fill(1) }],
    ];
    const bodies: Partial<Body>[] = [
      {},
      ...changes.map((change) => ({ certificates: [{ ...certificate, ...change }] })),
      { certificates: [certificate, { ...certificate, height: 8 }] },
      { certificates: [{ ...certificate, height: 8 }, certificate] },
      { evidence: [{ first, second }] },
      { evidence: [{ first: second, second: first }] },
      { evidence: [{ first, second: third }] },
      {
        evidence: [
          { first, second },
          { first, second: third },
        ],
      },
    ];
    expect(new Set(bodies.map((body) => bodyRoot({ ...EMPTY_BODY, ...body }))).size).toBe(bodies.length);
  });
});

describe("BLOCK-5", () => {
  it("is a list that contains the list of envelopes", () => {
    const { encoded } = transaction;
    expect(encodeBody(bodyOf([transaction]))).toEqual(encodeRlp([[encoded], [], []]));
    expect(bytesToHex(encodeBody(EMPTY_BODY))).toBe("0xc3c0c0c0");
  });
  it("BLOCK_TOO_LARGE: body", () => {
    const encoded = encodeBody(bodyOf([transaction]));
    const limits = { ...parameters, bodyBytesMax: encoded.length };
    expect(decodeBody(encoded, limits).transactions).toEqual([transaction]);
    throwsCode("BLOCK_TOO_LARGE: body", () =>
      decodeBody(encoded, { ...limits, bodyBytesMax: encoded.length - 1 }),
    );
  });
  it("TX_TOO_LARGE", () => {
    const limits = { ...parameters, transactionBytesMax: transaction.encoded.length - 1 };
    throwsCode("TX_TOO_LARGE", () => decodeBody(encodeBody(bodyOf([transaction])), limits));
  });
  it("BLOCK_TOO_LARGE: section", () => {
    const body = (count: number) =>
      encodeBody({ ...EMPTY_BODY, certificates: Array(count).fill(certificate) });
    const { certificatesMax } = BODY_LIMITS;
    expect(decodeBody(body(certificatesMax), parameters).certificates).toHaveLength(certificatesMax);
    throwsCode("BLOCK_TOO_LARGE: section", () => decodeBody(body(certificatesMax + 1), parameters));
  });
  it("RLP_INVALID, extra field: a section unknown to this version", () => {
    throwsCode("RLP_INVALID: missing field", () => decodeBody(encodeRlp([[], [], [], []]), parameters));
    throwsCode("RLP_INVALID: extra field", () => decodeBody(encodeRlp([[], [], [], [], [], []]), parameters));
  });
});

describe("SHARD-14: lists of version 2", () => {
  const batch: MessageBatch = {
    source: 1,
    previousHead: hash(1),
    messages: [],
    proof: { accountNodes: [], storageNodes: [] },
  };
  const crossLink: CrossLink = { header: genesisHeader, certificate };
  const bodyWith = (lists: Partial<CrossShardLists>): Body => ({
    ...EMPTY_BODY,
    crossShard: { ...EMPTY_CROSS_SHARD_LISTS, ...lists },
  });

  it("follow the others in the encoding and in bodyRoot", () => {
    expect(bytesToHex(encodeBody(bodyWith({})))).toBe("0xc5c0c0c0c0c0");
    const none = merkleRoot([]);
    const root = (...hashes: readonly Hash[]) => keccak256Hex(encodeRlp([...hashes]));
    expect(bodyRoot(EMPTY_BODY)).toBe(root(none, none, none));
    const itemRoot = (encoded: Uint8Array) => leafHash(keccak256Hex(encoded));
    const both = bodyWith({ batches: [batch], crossLinks: [crossLink] });
    const [batchRoot, linkRoot] = [itemRoot(encodeMessageBatch(batch)), itemRoot(encodeCrossLink(crossLink))];
    expect(bodyRoot(both)).toBe(root(none, none, none, batchRoot, linkRoot));
    expect(bodyRoot(bodyWith({}))).toBe(root(none, none, none, none, none));
    expect(decodeBody(encodeBody(both), parameters)).toEqual(both);
  });

  it("BLOCK_TOO_LARGE: section", () => {
    const batches = (count: number) => encodeBody(bodyWith({ batches: Array(count).fill(batch) }));
    const crossLinks = (count: number) => encodeBody(bodyWith({ crossLinks: Array(count).fill(crossLink) }));
    expect(decodeBody(batches(32), parameters).crossShard!.batches).toHaveLength(32);
    throwsCode("BLOCK_TOO_LARGE: section", () => decodeBody(batches(33), parameters));
    expect(decodeBody(crossLinks(16), parameters).crossShard!.crossLinks).toHaveLength(16);
    throwsCode("BLOCK_TOO_LARGE: section", () => decodeBody(crossLinks(17), parameters));
  });
});

describe("BLOCK-7", () => {
  const block = createBlock(widest, bodyOf([transaction, transaction]));
  it("joins header and body", () => {
    expect(decodeBlock(encodeBlock(block), parameters)).toEqual(block);
  });
  it("BLOCK_TOO_LARGE: refuses a hundred megabytes unread", () => {
    throwsCode("BLOCK_TOO_LARGE", () => decodeBlock(new Uint8Array(100_000_000), parameters));
  });
  it("BLOCK_TOO_LARGE, header and BLOCK_TOO_LARGE, body inside a block", () => {
    const large = new Uint8Array(HEADER_LIMITS.bytesMax);
    throwsCode("BLOCK_TOO_LARGE: header", () => decodeBlock(encodeRlp([[large], []]), parameters));
    throwsCode("BLOCK_TOO_LARGE: body", () =>
      decodeBlock(encodeBlock(block), { ...parameters, bodyBytesMax: 100 }),
    );
  });
});
