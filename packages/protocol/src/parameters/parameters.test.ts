import { describe, expect, it } from "vitest";
import {
  createGenesis,
  decodeBlock,
  devParameters,
  encodeBlock,
  type ForkName,
  forkAt,
  GAS_LIMIT_MAX,
  ghostdagK,
  type Hash,
  headerHash,
  localParameters,
  main,
  type NetworkParameters,
  sim,
  test,
  validateParameters,
  ZERO_HASH,
} from "../index.ts";
import { dagParameters } from "./dagParameters.ts";
import type { GenesisAccount, StreamParameters } from "./NetworkParameters.ts";

describe("PARAM-1", () => {
  for (const [rate, k] of [
    [1, 18],
    [2, 31],
    [4, 55],
    [10, 124],
  ] as const) {
    it(`${rate} blocks a second: ${k}`, () => expect(ghostdagK(rate)).toBe(k));
  }
});

describe("PARAM-8: networks", () => {
  const dev = devParameters({ accounts: [] });
  it("have distinct names and chain ids", () => {
    const networks = [main, test, dev, sim];
    expect(new Set(networks.map(({ name }) => name)).size).toBe(networks.length);
    expect(new Set(networks.map(({ chainId }) => chainId)).size).toBe(networks.length);
  });
  it("PARAM-8.1: run Osaka from genesis", () => {
    const networks = [main, test, dev, sim, localParameters({ accounts: [] })];
    for (const { forks } of networks) expect(forks).toEqual([{ name: "osaka", number: 0 }]);
  });
  it("PARAM-2, PARAM-3, PARAM-5: main has two blocks a second and Kaspa's depths", () => {
    expect(main).toMatchObject({
      ghostdagK: 31,
      parentsMax: 15,
      mergesetMax: 180,
      mergeDepth: 7_200,
      finalityDepth: 1_200,
      pruningDepth: 216_000,
      difficultyWindow: { size: 661, sampleRate: 3, sizeMin: 150 },
      medianTimeWindow: { size: 27, sampleRate: 20 },
    });
  });
  it("PARAM-2: parentsMax is half of k, but at least 10 and at most 16", () => {
    const parentsMax = (targetIntervalMs: number) => dagParameters([{ targetIntervalMs }]).parentsMax;
    expect([1_000, 500, 250].map(parentsMax)).toEqual([10, 15, 16]);
  });
  it("PARAM-9: a validator set takes over finality with the daily income of all miners as stake", () => {
    for (const { handover, streams } of [main, test]) {
      const dayWei = streams.reduce(
        (sum, { subsidyWei, targetIntervalMs }) =>
          sum + (subsidyWei * 86_400_000n) / BigInt(targetIntervalMs),
        0n,
      );
      expect(handover).toEqual({ membersMin: 4, stakeMinWei: dayWei });
    }
  });
  it("dev: has the values that Ethereum tools expect", () => {
    expect(dev).toMatchObject({ chainId: 31_337n, finalityDepth: 64, gasLimit: 30_000_000n });
  });
});

describe("EVM-22: forkAt", () => {
  it("is the last fork whose number is reached", () => {
    const forks = [
      { name: "cancun", number: 0 },
      { name: "osaka", number: 100 },
    ] as const;
    expect([0, 99, 100, 1_000].map((number) => forkAt(forks, number))).toEqual([
      "cancun",
      "cancun",
      "osaka",
      "osaka",
    ]);
  });
});

describe("PARAM-1: local", () => {
  it("has ten blocks a second, and the k of a single machine", () => {
    expect(localParameters({ accounts: [] })).toMatchObject({
      name: "local",
      chainId: 31_337n,
      ghostdagK: 4,
      finalityDepth: 6_000,
    });
  });
});

describe("PARAM-4, PARAM-6: PARAMETERS_INVALID", () => {
  const stream = main.streams[0]!;
  const account = { address: `0x${"11".repeat(20)}`, balance: 1n } as const;
  const genesis = (accounts: NetworkParameters["genesis"]["accounts"]) => ({
    genesis: { ...main.genesis, accounts },
  });
  const cases: [string, Partial<NetworkParameters>][] = [
    ["name", { name: "Main Net" }],
    ["chainId", { chainId: 0n }],
    ["forks", { forks: [] }],
    ["forks", { forks: [{ name: "osaka", number: 1 }] }],
    ["forks[0].name", { forks: [{ name: "london" as ForkName, number: 0 }] }],
    [
      "forks[1].number",
      {
        forks: [
          { name: "prague", number: 0 },
          { name: "osaka", number: 0 },
        ],
      },
    ],
    [
      "forks[1].name",
      {
        forks: [
          { name: "prague", number: 0 },
          { name: "cancun", number: 9 },
        ],
      },
    ],
    ["streams", { streams: [] }],
    ["streams", { streams: [stream, stream] }],
    ["streams[0].memoryKiB", { streams: [{ ...stream, memoryKiB: 4 }] }],
    ["streams[0].passes", { streams: [{ ...stream, passes: 0 }] }],
    ["streams[0].memoryKiB", { streams: [{ ...stream, algorithm: "heavy" }] }],
    ["streams[0].targetIntervalMs", { streams: [{ ...stream, targetIntervalMs: 0 }] }],
    ["streams[0].genesisBits", { streams: [{ ...stream, genesisBits: 0 }] }],
    ["streams[0].workWeight", { streams: [{ ...stream, workWeight: 0n }] }],
    ["streams[0].subsidyWei", { streams: [{ ...stream, subsidyWei: -1n }] }],
    ["ghostdagK", { ghostdagK: 0 }],
    ["parentsMax", { parentsMax: 17 }],
    ["mergesetMax", { mergesetMax: 31 }],
    ["mergeDepth", { mergeDepth: 31 }],
    ["finalityDepth", { finalityDepth: 31 }],
    ["pruningDepth", { pruningDepth: 37_000 }],
    ["handover.membersMin", { handover: { ...main.handover, membersMin: 0 } }],
    ["handover.stakeMinWei", { handover: { ...main.handover, stakeMinWei: 0n } }],
    ["difficultyWindow.sizeMin", { difficultyWindow: { size: 661, sampleRate: 3, sizeMin: 1 } }],
    ["difficultyWindow.size", { difficultyWindow: { size: 100, sampleRate: 3, sizeMin: 150 } }],
    ["difficultyWindow.size", { difficultyWindow: { size: 661, sampleRate: 300, sizeMin: 150 } }],
    ["difficultyWindow.sampleRate", { difficultyWindow: { size: 661, sampleRate: 0, sizeMin: 150 } }],
    ["medianTimeWindow.size", { medianTimeWindow: { size: 10, sampleRate: 1 } }],
    ["medianTimeWindow.sampleRate", { medianTimeWindow: { size: 27, sampleRate: 0 } }],
    ["timestampAheadMaxMs", { timestampAheadMaxMs: 0 }],
    ["gasLimit", { gasLimit: 20_000n }],
    ["gasLimit", { gasLimit: GAS_LIMIT_MAX + 1n }],
    ["baseFeeMin", { baseFeeMin: -1n }],
    ["baseFeeGenesis", { baseFeeGenesis: 1n }],
    ["baseFeeChangeDenominator", { baseFeeChangeDenominator: 0n }],
    ["treasury", { treasury: "0x12" }],
    ["treasuryShareBasisPoints", { treasuryShareBasisPoints: 10_001 }],
    ["transactionBytesMax", { transactionBytesMax: 50_000 }],
    ["bodyBytesMax", { bodyBytesMax: 131_072 }],
    ["extraBytesMax", { extraBytesMax: 257 }],
    ["genesis.timestampMs", { genesis: { ...main.genesis, timestampMs: 0.5 } }],
    ["genesis.extra", { genesis: { ...main.genesis, extra: new Uint8Array(33) } }],
    ["genesis.accounts", genesis([account, account])],
    ["genesis.accounts", genesis([{ ...account, balance: 2n ** 256n }])],
    ["genesis.accounts[0].address", genesis([{ ...account, address: `0x${"AA".repeat(20)}` }])],
    ["genesis.accounts[0].balance", genesis([{ ...account, balance: -1n }])],
    ["genesis.accounts[0].nonce", genesis([{ ...account, nonce: 2n ** 64n }])],
    ["genesis.accounts[0].storage", genesis([{ ...account, storage: new Map([[ZERO_HASH, 0n]]) }])],
    ["genesis.accounts[0].storage", genesis([{ ...account, storage: new Map([["0x01", 1n]]) }])],
  ];
  for (const [field, change] of cases) {
    it(field, () => {
      expect(() => validateParameters({ ...main, ...change })).toThrow(
        expect.objectContaining({
          code: "PARAMETERS_INVALID",
          facts: expect.objectContaining({ field }),
        }),
      );
    });
  }
});

describe("PARAM-4, PARAM-6: accepts values at a bound and refuses values past it", () => {
  const [memory, heavy] = main.streams as [StreamParameters, StreamParameters];
  const { handover, votes, genesis, difficultyWindow } = main;
  const stream = (change: Partial<StreamParameters>) => ({ streams: [{ ...memory, ...change }] });
  const account = (change: Partial<GenesisAccount>) => ({
    genesis: { ...genesis, accounts: [{ address: `0x${"11".repeat(20)}` as const, balance: 1n, ...change }] },
  });
  const storage = (slot: Hash, value: bigint) => account({ storage: new Map([[slot, value]]) });
  const extra = (size: number) => ({ genesis: { ...genesis, extra: new Uint8Array(size) } });
  const paces = [memory, { ...heavy, targetIntervalMs: 4_000 }].map((each, place) =>
    place === 0 ? { ...each, targetIntervalMs: 500 } : each,
  );
  const sampling = (sampleRate: number) => ({ difficultyWindow: { ...difficultyWindow, sampleRate } });
  const slot: Hash = `0x${"ab".repeat(32)}`;
  const WEI_MAX = (2n ** 64n - 1n) ** 2n;

  it.each<[string, Partial<NetworkParameters>, Partial<NetworkParameters>]>([
    ["chainId", { chainId: 2n ** 64n - 1n }, { chainId: 2n ** 64n }],
    ["streams[0].memoryKiB", stream({ memoryKiB: 8 }), stream({ memoryKiB: 7 })],
    ["streams[0].subsidyWei", stream({ subsidyWei: 0n }), stream({ subsidyWei: -1n })],
    ["streams[0].subsidyWei", stream({ subsidyWei: WEI_MAX }), stream({ subsidyWei: WEI_MAX + 1n })],
    ["parentsMax", { parentsMax: 16 }, { parentsMax: 17 }],
    ["mergesetMax", { mergesetMax: 32 }, { mergesetMax: 31 }],
    ["mergeDepth", { mergeDepth: 32 }, { mergeDepth: 31 }],
    ["pruningDepth", { pruningDepth: 37_984 }, { pruningDepth: 37_983 }],
    ["votes.depth", { votes: { ...votes, depth: 1_199 } }, { votes: { ...votes, depth: 1_200 } }],
    ...Object.keys(votes).map((field): [string, Partial<NetworkParameters>, Partial<NetworkParameters>] => [
      `votes.${field}`,
      { votes: { ...votes, [field]: 1 } },
      { votes: { ...votes, [field]: 0 } },
    ]),
    [
      "handover.stakeMinWei",
      { handover: { ...handover, stakeMinWei: WEI_MAX } },
      { handover: { ...handover, stakeMinWei: WEI_MAX + 1n } },
    ],
    // The window spans 661 · 30 intervals of 1.5 s, at 2 blocks per second. Pruned nodes verify 1,200 + 2 · 7,200 +
    // 2 · 180 blocks.
    [
      "difficultyWindow.size",
      { ...sampling(30), pruningDepth: 134_940 },
      { ...sampling(30), pruningDepth: 134_939 },
    ],
    ["difficultyWindow.size", { streams: paces, ...sampling(16) }, { streams: paces, ...sampling(17) }],
    ["gasLimit", { gasLimit: 100_000n }, { gasLimit: 99_999n }],
    ["gasLimit", { gasLimit: GAS_LIMIT_MAX }, { gasLimit: GAS_LIMIT_MAX + 1n }],
    ["baseFeeMin", { baseFeeMin: 0n }, { baseFeeMin: -1n }],
    ["baseFeeGenesis", { baseFeeGenesis: main.baseFeeMin }, { baseFeeGenesis: main.baseFeeMin - 1n }],
    ["treasuryShareBasisPoints", { treasuryShareBasisPoints: 0 }, { treasuryShareBasisPoints: -1 }],
    ["treasuryShareBasisPoints", { treasuryShareBasisPoints: 10_000 }, { treasuryShareBasisPoints: 0.5 }],
    ["transactionBytesMax", { transactionBytesMax: 57_344 }, { transactionBytesMax: 57_343 }],
    [
      "bodyBytesMax",
      { bodyBytesMax: main.transactionBytesMax + 32 },
      { bodyBytesMax: main.transactionBytesMax + 31 },
    ],
    ["extraBytesMax", { extraBytesMax: 256 }, { extraBytesMax: 257 }],
    ["genesis.extra", extra(main.extraBytesMax), extra(main.extraBytesMax + 1)],
    ["genesis.accounts", account({ balance: 2n ** 256n - 1n }), account({ balance: 2n ** 256n })],
    ["genesis.accounts[0].nonce", account({ nonce: 0n }), account({ nonce: -1n })],
    ["genesis.accounts[0].nonce", account({ nonce: 2n ** 64n - 2n }), account({ nonce: 2n ** 64n - 1n })],
    ["genesis.accounts[0].storage", storage(slot, 2n ** 256n - 1n), storage(slot, 2n ** 256n)],
    ["genesis.accounts[0].storage", storage(slot, 1n), storage(`0x${"AB".repeat(32)}`, 1n)],
  ])("%s", (field, atBound, past) => {
    expect(() => validateParameters({ ...main, ...atBound })).not.toThrow();
    expect(() => validateParameters({ ...main, ...past })).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ field }) }),
    );
  });
});

describe("BLOCK-11", () => {
  it("is an ordinary block whose hash depends on the state root", () => {
    const block = createGenesis(main, ZERO_HASH);
    expect(block.hash).toBe(headerHash(block.header));
    expect(decodeBlock(encodeBlock(block), main)).toEqual(block);
    expect(createGenesis(main, `0x${"01".repeat(32)}`).hash).not.toBe(block.hash);
    expect(createGenesis(test, ZERO_HASH).hash).not.toBe(block.hash);
  });
});
