import { bitsOfExpectedHashes } from "../difficulty/compactTarget.ts";
import type { Address } from "../words.ts";
import { DAG_TIMES, dagParameters } from "./dagParameters.ts";
import type {
  GenesisAccount,
  HandoverParameters,
  NetworkParameters,
  PowAlgorithmName,
  StreamParameters,
  VoteParameters,
} from "./NetworkParameters.ts";
import { validateParameters } from "./validateParameters.ts";

/** Where the treasury's system contract will stand. */
export const TREASURY_ADDRESS: Address = "0x0000000000000000000000000000000000005002";

const COIN = 10n ** 18n;
const GWEI = 10n ** 9n;

/** What all networks have in common. [PARAM-8] */
const SHARED = {
  timestampAheadMaxMs: 10_000,
  gasLimit: 30_000_000n,
  baseFeeGenesis: GWEI,
  baseFeeChangeDenominator: 8n,
  treasury: TREASURY_ADDRESS,
  treasuryShareBasisPoints: 1_000,
  // The gas limit buys 1.9 MB of calldata at 16 gas a byte: gas, not bytes, bounds a body of key-agile transfers.
  bodyBytesMax: 2 * 1024 * 1024,
  // As much as geth's mempool takes.
  transactionBytesMax: 128 * 1024,
  extraBytesMax: 32,
} as const;

/**
 * Below 8 wei an eighth rounds to nothing, so that 7 is where EIP-1559 comes to rest without a minimum.
 * wei per gas
 */
const BASE_FEE_REST = 7n;

const ALGORITHM_ORDER: readonly PowAlgorithmName[] = ["memory", "heavy", "blake3"];

/**
 * Over the internet: a checkpoint every five seconds, deep enough that nodes agree on it, and steps that outlast a
 * message's way around the world some times.
 */
const PUBLIC_VOTES: VoteParameters = {
  depth: 10,
  interval: 10,
  proposeMs: 3_000,
  prevoteMs: 1_000,
  precommitMs: 1_000,
  growthMs: 500,
  repeatMs: 2_000,
};

const DAY_BLOCKS = 2n * 86_400n;

/**
 * Four members are the fewest of whom one can fail. Their stake is what all miners together earn in a day: whoever has
 * it alone could as well have mined most of a day's blocks, and so have overruled depth, which looks back ten minutes.
 */
const PUBLIC_HANDOVER: HandoverParameters = { membersMin: 4, stakeMinWei: DAY_BLOCKS * COIN };

/** Where one person runs everything. */
const LOCAL_HANDOVER: HandoverParameters = { membersMin: 1, stakeMinWei: 1n };

/** On one machine. */
const LOCAL_TIMES = { proposeMs: 500, prevoteMs: 200, precommitMs: 200, growthMs: 100, repeatMs: 500 };

interface StreamChoices {
  readonly targetIntervalMs: number;
  readonly difficulty: StreamParameters["difficulty"];
  readonly memoryKiB: number;
  readonly subsidyWei: bigint;
  /** Expected hashes of the first blocks, by algorithm. */
  readonly genesisHashes: Readonly<Record<PowAlgorithmName, bigint>>;
  readonly workWeight: Readonly<Record<PowAlgorithmName, bigint>>;
}

/** The three streams at one pace and pay, so that each kind of hardware earns a third. */
function threeStreams(choices: StreamChoices): StreamParameters[] {
  return ALGORITHM_ORDER.map((algorithm) => ({
    name: algorithm,
    algorithm,
    memoryKiB: algorithm === "memory" ? choices.memoryKiB : 0,
    passes: algorithm === "memory" ? 1 : 0,
    targetIntervalMs: choices.targetIntervalMs,
    genesisBits: bitsOfExpectedHashes(choices.genesisHashes[algorithm]),
    difficulty: choices.difficulty,
    workWeight: choices.workWeight[algorithm],
    subsidyWei: choices.subsidyWei,
  }));
}

/**
 * Each 1,500 ms: two blocks a second in all. Kaspa ran at one for years and at ten since; two keeps the state of ten
 * unfinal minutes in memory, and full blocks far within what a JavaScript node executes: precompiles are priced for it
 * (docs/spec/evm.md, EVM-18).
 * The weights make what the same money hashes count the same, to a power of two: 5,000 dollars buy about 4·10^5
 * Argon2id on CPUs, 7·10^9 kHeavyHash on GPUs, 10^13 BLAKE3 on hardware a second.
 * Argon2id takes 2 MiB, the share of the last-level cache that a CPU core has and a GPU core has not.
 */
const publicStreams = (genesisHashes: StreamChoices["genesisHashes"]) =>
  threeStreams({
    targetIntervalMs: 1_500,
    difficulty: "window",
    memoryKiB: 2_048,
    subsidyWei: COIN,
    genesisHashes,
    workWeight: { memory: 2n ** 24n, heavy: 2n ** 10n, blake3: 1n },
  });

const mainStreams = publicStreams({ memory: 2n ** 16n, heavy: 2n ** 32n, blake3: 2n ** 38n });
/** Genesis brings its accounts, the system contracts, at composition. */
export const main: NetworkParameters = validateParameters({
  ...SHARED,
  name: "main",
  chainId: 21_586n,
  streams: mainStreams,
  ...dagParameters(mainStreams),
  votes: PUBLIC_VOTES,
  handover: PUBLIC_HANDOVER,
  baseFeeMin: GWEI / 100n,
  genesis: genesisOf("Trellis main", Date.UTC(2026, 0, 1), []),
});

/** Like main, and easy enough at first for one machine. */
const testStreams = publicStreams({ memory: 2n ** 10n, heavy: 2n ** 16n, blake3: 2n ** 18n });
export const test: NetworkParameters = validateParameters({
  ...SHARED,
  name: "test",
  chainId: 21_587n,
  streams: testStreams,
  ...dagParameters(testStreams),
  votes: PUBLIC_VOTES,
  handover: PUBLIC_HANDOVER,
  baseFeeMin: GWEI / 100n,
  genesis: genesisOf("Trellis test", Date.UTC(2026, 0, 1), []),
});

/** Any block is found in a few hashes: blocks come when they are asked for. */
const EASY_HASHES = 4n;
const easyStreams = threeStreams({
  // One block a second in all.
  targetIntervalMs: 3_000,
  difficulty: "fixed",
  memoryKiB: 64,
  subsidyWei: COIN,
  genesisHashes: { memory: EASY_HASHES, heavy: EASY_HASHES, blake3: EASY_HASHES },
  workWeight: { memory: 1n, heavy: 1n, blake3: 1n },
});

/** State layers that a devnet keeps in memory. */
const DEV_FINALITY_DEPTH = 64;

/** A network on one machine. Chain id 31337 and a low base fee are what the ecosystem's tools expect. */
export function devParameters(options: { readonly accounts: readonly GenesisAccount[] }): NetworkParameters {
  return validateParameters({
    ...SHARED,
    name: "dev",
    chainId: 31_337n,
    streams: easyStreams,
    ...dagParameters(easyStreams),
    finalityDepth: DEV_FINALITY_DEPTH,
    votes: { ...LOCAL_TIMES, depth: 2, interval: 1 },
    handover: LOCAL_HANDOVER,
    baseFeeMin: BASE_FEE_REST,
    genesis: genesisOf("Trellis dev", Date.UTC(2025, 0, 1), options.accounts),
  });
}

/** Ten blocks a second, on a machine whose processes hear of each other's blocks within 50 ms. */
const LOCAL_RATE = 10;
const LOCAL_DELAY_S = 0.05;
const localStreams = easyStreams.map((stream) => ({
  ...stream,
  targetIntervalMs: (easyStreams.length * 1_000) / LOCAL_RATE,
}));

/**
 * A network of several nodes on one machine: as many blocks as it can take come at once, and a k that is small enough
 * for blocks to become red now and then.
 */
export function localParameters(options: {
  readonly accounts: readonly GenesisAccount[];
}): NetworkParameters {
  return validateParameters({
    ...SHARED,
    name: "local",
    chainId: 31_337n,
    streams: localStreams,
    ...dagParameters(localStreams, { ...DAG_TIMES, delayBoundS: LOCAL_DELAY_S }),
    votes: { ...LOCAL_TIMES, depth: LOCAL_RATE, interval: LOCAL_RATE },
    handover: LOCAL_HANDOVER,
    baseFeeMin: BASE_FEE_REST,
    genesis: genesisOf("Trellis local", Date.UTC(2025, 0, 1), options.accounts),
  });
}

/** For the seeded simulator: easy blocks, and depths that a run of some hundred blocks passes. */
const SIM_TIMES = { ...DAG_TIMES, mergeS: 120, finalityS: 40, pruningS: 600 };
const simDag = dagParameters(easyStreams, SIM_TIMES);
export const sim: NetworkParameters = validateParameters({
  ...SHARED,
  name: "sim",
  chainId: 31_338n,
  streams: easyStreams,
  ...simDag,
  votes: { ...PUBLIC_VOTES, depth: 4, interval: 3 },
  handover: LOCAL_HANDOVER,
  baseFeeMin: BASE_FEE_REST,
  genesis: genesisOf("Trellis sim", Date.UTC(2025, 0, 1), []),
});

function genesisOf(extra: string, timestampMs: number, accounts: readonly GenesisAccount[]) {
  return { timestampMs, extra: new TextEncoder().encode(extra), accounts };
}
