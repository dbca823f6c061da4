import { describe, expect, it } from "vitest";
import {
  BATCHES_BYTES_MAX,
  createGenesis,
  devParameters,
  EMPTY_BODY,
  headerHash,
  type NetworkParameters,
  parametersOfShard,
  shardCount,
  validateParameters,
  withShards,
  ZERO_HASH,
} from "../index.ts";
import { refusal } from "../testing/refusal.ts";

const account = { address: `0x${"11".repeat(20)}`, balance: 5n } as const;
const one = devParameters({ accounts: [account] });
const three = withShards(one, 3);

describe("SHARD-1: shards of a network", () => {
  it("a network without shard parameters has shard 0", () => {
    expect(shardCount(one)).toBe(1);
    expect(withShards(one, 1)).toBe(one);
    expect(parametersOfShard(one, 0)).toEqual(one);
    expect(() => parametersOfShard(one, 1)).toThrow(refusal("PARAMETERS_INVALID: shard"));
  });

  it("each shard has a chain id and a genesis", () => {
    expect(shardCount(three)).toBe(3);
    const chains = [0, 1, 2].map((shard) => parametersOfShard(three, shard));
    expect(chains.map(({ chainId }) => chainId)).toEqual([31_337n, 31_337_000_001n, 31_337_000_002n]);
    for (const { genesis } of chains) expect(genesis.accounts).toEqual([account]);
    for (const shard of [3, -1, 0.5])
      expect(() => parametersOfShard(three, shard)).toThrow(refusal("PARAMETERS_INVALID: shard"));
  });

  it("the parameters of one shard are valid alone, and contain no others", () => {
    for (const shard of [0, 1, 2]) {
      const parameters = parametersOfShard(three, shard);
      expect(parameters).not.toHaveProperty("shards");
      const others = shard === 0 ? { others: three.shards!.others } : {};
      expect(parameters.sharding).toEqual({ count: 3, queueMax: 1_024, ...others });
      expect(() => validateParameters(parameters)).not.toThrow();
      expect(parametersOfShard(parameters, 0)).toEqual(parameters);
    }
  });

  it("SHARD-3: genesis names its shard", () => {
    const blocks = [0, 1, 2].map((shard) => createGenesis(parametersOfShard(three, shard), ZERO_HASH, shard));
    expect(blocks.map(({ header }) => header.shard)).toEqual([0, 1, 2]);
    expect(new Set(blocks.map(({ header }) => headerHash(header))).size).toBe(3);
    const alone = createGenesis(one, ZERO_HASH);
    expect(headerHash(alone.header)).not.toBe(headerHash(blocks[0]!.header));
    expect([alone.header.version, alone.header.anchor, alone.body]).toEqual([1, undefined, EMPTY_BODY]);
    for (const { header, body } of blocks) {
      expect(header).toMatchObject({ version: 2, anchor: { hash: ZERO_HASH, number: 0, epoch: 0 } });
      expect(body.crossShard).toEqual({ batches: [], crossLinks: [] });
    }
  });
});

describe("SHARD-2: PARAMETERS_INVALID", () => {
  const shards = three.shards!;
  const [first, second] = shards.others as [(typeof shards.others)[number], (typeof shards.others)[number]];
  const validate = (changed: Partial<NetworkParameters["shards"] & object>) => () =>
    validateParameters({ ...one, shards: { ...shards, ...changed } });
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ ...first, chainId: BigInt(index + 1) }));
  const rich = (balance: bigint) => ({ ...first.genesis, accounts: [{ ...account, balance }] });

  it.each([
    ["shards.others", { others: [] }],
    ["shards.others", { others: many(256) }],
    ["shards.others", { others: [first, { ...second, chainId: first.chainId }] }],
    ["shards.others", { others: [{ ...first, chainId: one.chainId }] }],
    ["shards.others", { others: [{ ...first, genesis: rich(2n ** 192n - 5n) }] }],
    ["shards.others[1].chainId", { others: [first, { ...second, chainId: 0n }] }],
    ["shards.others[0].genesis.accounts", { others: [{ ...first, genesis: rich(2n ** 256n) }] }],
    [
      "shards.others[0].genesis.extra",
      { others: [{ ...first, genesis: { ...first.genesis, extra: new Uint8Array(33) } }] },
    ],
    ["shards.queueMax", { queueMax: 0 }],
    ["shards.queueMax", { queueMax: 2 ** 16 + 1 }],
    ["shards.lifetimeSeconds", { lifetimeSeconds: 0 }],
    ["shards.lifetimeSeconds", { lifetimeSeconds: 2 ** 32 }],
  ] as const)("%s", (field, changed) => {
    expect(validate(changed)).toThrow(refusal(`PARAMETERS_INVALID: ${field}`));
  });

  it("SHARD-6: gasLimit and bodyBytesMax have room for messages", () => {
    const change = (changed: Partial<NetworkParameters>) => () =>
      validateParameters({ ...three, ...changed });
    expect(change({ gasLimit: 5_000_000n })).not.toThrow();
    expect(change({ gasLimit: 4_999_999n })).toThrow(refusal("PARAMETERS_INVALID: gasLimit"));
    const body = three.transactionBytesMax + 32 + BATCHES_BYTES_MAX;
    expect(change({ bodyBytesMax: body })).not.toThrow();
    expect(change({ bodyBytesMax: body - 1 })).toThrow(refusal("PARAMETERS_INVALID: bodyBytesMax"));
    // Networks with one shard keep their bounds.
    expect(() => validateParameters({ ...one, gasLimit: 100_000n })).not.toThrow();
  });

  it("accepts each bound", () => {
    for (const changed of [
      { others: many(255) },
      { others: [{ ...first, genesis: rich(2n ** 192n - 6n) }] },
      { queueMax: 1, lifetimeSeconds: 1 },
      { queueMax: 2 ** 16, lifetimeSeconds: 2 ** 32 - 1 },
    ])
      expect(validate(changed)).not.toThrow();
  });
});
