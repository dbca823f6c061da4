import { bitsOfExpectedHashes } from "../difficulty/compactTarget.ts";
import { DEFAULT_FORK } from "../forks/forks.ts";
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

export const TREASURY_ADDRESS: Address = "0x0000000000000000000000000000000000005002";

const COIN = 10n ** 18n;
const GWEI = 10n ** 9n;

/** [PARAM-8] */
const SHARED = {
  forks: [{ name: DEFAULT_FORK, number: 0 }],
  timestampAheadMaxMs: 10_000,
  gasLimit: 30_000_000n,
  baseFeeGenesis: GWEI,
  baseFeeChangeDenominator: 8n,
  treasury: TREASURY_ADDRESS,
  treasuryShareBasisPoints: 1_000,
  // 30 million gas pays for 1.9 MB of nonzero calldata, so gas usually limits bodies first.
  bodyBytesMax: 2 * 1024 * 1024,
  transactionBytesMax: 128 * 1024,
  extraBytesMax: 32,
} as const;

/** Below 8 wei per gas, EIP-1559 no longer lowers the base fee: an eighth rounds to 0. */
const BASE_FEE_REST = 7n;

const ALGORITHM_ORDER: readonly PowAlgorithmName[] = ["memory", "heavy", "blake3"];

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
 * Four validators tolerate one failure. The minimum stake is a day's subsidy: whoever mines so much could
 * already break finality by depth.
 */
const PUBLIC_HANDOVER: HandoverParameters = { membersMin: 4, stakeMinWei: DAY_BLOCKS * COIN };

const LOCAL_HANDOVER: HandoverParameters = { membersMin: 1, stakeMinWei: 1n };

const LOCAL_TIMES = { proposeMs: 500, prevoteMs: 200, precommitMs: 200, growthMs: 100, repeatMs: 500 };

interface StreamChoices {
  readonly targetIntervalMs: number;
  readonly difficulty: StreamParameters["difficulty"];
  readonly memoryKiB: number;
  readonly subsidyWei: bigint;
  readonly genesisHashes: Readonly<Record<PowAlgorithmName, bigint>>;
  readonly workWeight: Readonly<Record<PowAlgorithmName, bigint>>;
}

/** CPUs, GPUs and ASICs each mine a third of the blocks. */
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
 * At two blocks per second, ten minutes of state layers fit in memory, and nodes can execute full blocks
 * (EVM-18). Weights equalise hashing costs: 5,000 dollars buy about 4·10^5 Argon2id/s on CPUs, 7·10^9
 * kHeavyHash/s on GPUs, 10^13 BLAKE3/s on ASICs.
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

const EASY_HASHES = 4n;
const easyStreams = threeStreams({
  targetIntervalMs: 3_000,
  difficulty: "fixed",
  memoryKiB: 64,
  subsidyWei: COIN,
  genesisHashes: { memory: EASY_HASHES, heavy: EASY_HASHES, blake3: EASY_HASHES },
  workWeight: { memory: 1n, heavy: 1n, blake3: 1n },
});

const DEV_FINALITY_DEPTH = 64;

export interface DevelopmentGenesis {
  readonly accounts: readonly GenesisAccount[];
  readonly gasLimit?: bigint | undefined;
}

/** Ethereum tools expect chain id 31337 and a low base fee. */
export function devParameters({
  accounts,
  gasLimit = SHARED.gasLimit,
}: DevelopmentGenesis): NetworkParameters {
  return validateParameters({
    ...SHARED,
    gasLimit,
    name: "dev",
    chainId: 31_337n,
    isControlled: true,
    streams: easyStreams,
    ...dagParameters(easyStreams),
    finalityDepth: DEV_FINALITY_DEPTH,
    votes: { ...LOCAL_TIMES, depth: 2, interval: 1 },
    handover: LOCAL_HANDOVER,
    baseFeeMin: BASE_FEE_REST,
    genesis: genesisOf("Trellis dev", Date.UTC(2025, 0, 1), accounts),
  });
}

/** Blocks per second. */
const LOCAL_RATE = 10;
/** Propagation time on one machine. */
const LOCAL_DELAY_S = 0.05;
const localStreams = easyStreams.map((stream) => ({
  ...stream,
  targetIntervalMs: (easyStreams.length * 1_000) / LOCAL_RATE,
}));

/** k is so small that some blocks become red. */
export function localParameters({
  accounts,
  gasLimit = SHARED.gasLimit,
}: DevelopmentGenesis): NetworkParameters {
  return validateParameters({
    ...SHARED,
    gasLimit,
    name: "local",
    chainId: 31_337n,
    streams: localStreams,
    ...dagParameters(localStreams, { ...DAG_TIMES, delayBoundS: LOCAL_DELAY_S }),
    votes: { ...LOCAL_TIMES, depth: LOCAL_RATE, interval: LOCAL_RATE },
    handover: LOCAL_HANDOVER,
    baseFeeMin: BASE_FEE_REST,
    genesis: genesisOf("Trellis local", Date.UTC(2025, 0, 1), accounts),
  });
}

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
