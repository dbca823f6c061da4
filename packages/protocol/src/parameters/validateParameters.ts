import { isHex } from "@trellis/base";
import { HEADER_LIMITS } from "../block/limits.ts";
import { compactToTarget } from "../difficulty/compactTarget.ts";
import { protocolErrors } from "../errors.ts";
import { FORK_NAMES } from "../forks/forks.ts";
import { MESSAGE_GAS } from "../shards/Message.ts";
import { BATCHES_BYTES_MAX } from "../shards/MessageBatch.ts";
import { GAS_LIMIT_MAX, INITCODE_BYTES_MAX, UINT64_MAX, UINT256_MAX } from "../transaction/limits.ts";
import type { Hash } from "../words.ts";
import { blockRate, pruningDepthMin } from "./dagParameters.ts";
import {
  type GenesisAccount,
  type NetworkParameters,
  POW_ALGORITHMS,
  type StreamParameters,
} from "./NetworkParameters.ts";

/** [PARAM-6] @throws PARAMETERS_INVALID */
export function validateParameters<T extends NetworkParameters>(parameters: T): T {
  demand("name", /^[a-z][a-z0-9-]{0,31}$/.test(parameters.name), parameters.name, "a short lower-case name");
  const { chainId } = parameters;
  demand("chainId", isChainId(chainId), chainId, CHAIN_IDS);
  validateForks(parameters);
  validateStreams(parameters.streams);
  validateDag(parameters);
  validateVotes(parameters);
  validateHandover(parameters);
  validateWindows(parameters);
  validateFees(parameters);
  validateLimits(parameters);
  validateGenesis(parameters.genesis, "genesis", parameters.extraBytesMax);
  validateShards(parameters);
  return parameters;
}

const CHAIN_IDS = "1 to 2^64 - 1";
/** A seal's branch has at most 8 siblings (EXEC-1). */
const SHARDS_MAX = 2 ** 8;
/** Bounds the state of each pair of shards: the outbox keeps four times as many heads. */
const QUEUE_MAX = 2 ** 16;
/** Totals of up to 2^53 messages do not overflow. */
const SHARDS_SUPPLY_MAX = 2n ** 192n - 1n;
/** A message fits between a fifth and two fifths of the gas. [SHARD-12.3] */
const SHARDS_GAS_LIMIT_MIN = 5n * MESSAGE_GAS.max;
const TRANSACTION_OVERHEAD_BYTES = 8_192;
const BODY_OVERHEAD_BYTES = 32;
const ARGON2_MEMORY_KIB_MIN = 8;
const MEDIAN_MIDDLE_SIZE = 11;

function validateForks({ forks }: NetworkParameters): void {
  demand("forks", forks[0]?.number === 0, forks.length, "a fork from 0");
  for (const [index, { name, number }] of forks.entries()) {
    demand(`forks[${index}].name`, FORK_NAMES.includes(name), name, FORK_NAMES.join(", "));
    const previous = forks[index - 1];
    if (previous === undefined) continue;
    const isLater = Number.isSafeInteger(number) && number > previous.number;
    demand(`forks[${index}].number`, isLater, number, `more than ${previous.number}`);
    const isNewer = FORK_NAMES.indexOf(name) > FORK_NAMES.indexOf(previous.name);
    demand(`forks[${index}].name`, isNewer, name, `a fork after ${previous.name}`);
  }
}

function validateStreams(streams: readonly StreamParameters[]): void {
  const countMax = HEADER_LIMITS.uint8Max + 1;
  demand(
    "streams",
    streams.length > 0 && streams.length <= countMax,
    streams.length,
    `1 to ${countMax} streams`,
  );
  const names = new Set(streams.map(({ name }) => name));
  demand("streams", names.size === streams.length, names.size, "a name of its own for each stream");
  streams.forEach(validateStream);
}

function validateStream(stream: StreamParameters, index: number): void {
  const { algorithm, memoryKiB, passes, targetIntervalMs, genesisBits, workWeight, subsidyWei } = stream;
  const at = (field: keyof StreamParameters) => `streams[${index}].${field}`;
  demand(at("algorithm"), POW_ALGORITHMS.includes(algorithm), algorithm, POW_ALGORITHMS.join(", "));
  if (algorithm === "memory") {
    const isEnough = isCount(memoryKiB) && memoryKiB >= ARGON2_MEMORY_KIB_MIN;
    demand(at("memoryKiB"), isEnough, memoryKiB, `at least ${ARGON2_MEMORY_KIB_MIN}`);
    demand(at("passes"), isCount(passes), passes, "at least 1");
  } else {
    demand(at("memoryKiB"), memoryKiB === 0, memoryKiB, "0 for this algorithm");
    demand(at("passes"), passes === 0, passes, "0 for this algorithm");
  }
  demand(at("targetIntervalMs"), isCount(targetIntervalMs), targetIntervalMs, "at least 1");
  demand(at("genesisBits"), isCompact(genesisBits), genesisBits, "a compact target");
  demand(at("workWeight"), workWeight > 0n, workWeight, "at least 1");
  demand(
    at("subsidyWei"),
    subsidyWei >= 0n && subsidyWei <= UINT64_MAX ** 2n,
    subsidyWei,
    "0 to about 2^128",
  );
}

function validateDag(parameters: NetworkParameters): void {
  const { ghostdagK, parentsMax, mergesetMax, mergeDepth, finalityDepth, pruningDepth } = parameters;
  demand("ghostdagK", isCount(ghostdagK), ghostdagK, "at least 1");
  const parentsLimit = HEADER_LIMITS.parentsMax;
  demand("parentsMax", isCount(parentsMax) && parentsMax <= parentsLimit, parentsMax, `1 to ${parentsLimit}`);
  demand("mergesetMax", isCount(mergesetMax) && mergesetMax > ghostdagK, mergesetMax, "more than ghostdagK");
  demand("mergeDepth", isCount(mergeDepth) && mergeDepth > ghostdagK, mergeDepth, "more than ghostdagK");
  demand(
    "finalityDepth",
    isCount(finalityDepth) && finalityDepth > ghostdagK,
    finalityDepth,
    "more than ghostdagK: blocks in flight must not be final",
  );
  const depthMin = pruningDepthMin(parameters);
  demand(
    "pruningDepth",
    isCount(pruningDepth) && pruningDepth >= depthMin,
    pruningDepth,
    `at least ${depthMin}: finality + 2 merge + 4 mergeset k + 2 k + 2`,
  );
}

function validateVotes({ votes, finalityDepth }: NetworkParameters): void {
  const { depth } = votes;
  demand("votes.depth", isCount(depth) && depth < finalityDepth, depth, "1 to less than finalityDepth");
  for (const [field, value] of Object.entries(votes)) {
    demand(`votes.${field}`, isCount(value), value, "at least 1");
  }
}

function validateHandover({ handover }: NetworkParameters): void {
  const { membersMin, stakeMinWei } = handover;
  demand("handover.membersMin", isCount(membersMin), membersMin, "at least 1");
  const isStake = stakeMinWei > 0n && stakeMinWei <= UINT64_MAX ** 2n;
  demand("handover.stakeMinWei", isStake, stakeMinWei, "1 to about 2^128");
}

function validateWindows(parameters: NetworkParameters): void {
  const { difficultyWindow, medianTimeWindow, timestampAheadMaxMs, pruningDepth, streams } = parameters;
  const { size, sampleRate, sizeMin } = difficultyWindow;
  demand("difficultyWindow.sampleRate", isCount(sampleRate), sampleRate, "at least 1");
  demand("difficultyWindow.sizeMin", isCount(sizeMin) && sizeMin >= 2, sizeMin, "at least 2");
  demand("difficultyWindow.size", isCount(size) && size >= sizeMin, size, "at least sizeMin");
  const median = medianTimeWindow;
  demand("medianTimeWindow.sampleRate", isCount(median.sampleRate), median.sampleRate, "at least 1");
  const isMedianLong = isCount(median.size) && median.size >= MEDIAN_MIDDLE_SIZE;
  demand("medianTimeWindow.size", isMedianLong, median.size, `at least ${MEDIAN_MIDDLE_SIZE}`);
  const slowestMs = Math.max(...streams.map(({ targetIntervalMs }) => targetIntervalMs));
  const reach = Math.max(
    (size * sampleRate * slowestMs * blockRate(streams)) / 1_000,
    median.size * median.sampleRate,
  );
  // Pruned nodes verify all mergeable blocks, whose windows reach back at most twice the window depth. [DIFF-3]
  const { finalityDepth, mergeDepth, mergesetMax } = parameters;
  const judged = finalityDepth + 2 * mergeDepth + 2 * mergesetMax;
  const depthMin = judged + 2 * Math.max(Math.round(reach), finalityDepth);
  demand(
    "difficultyWindow.size",
    depthMin <= pruningDepth,
    reach,
    `windows of which two and ${judged} reach at most ${pruningDepth} back`,
  );
  demand("timestampAheadMaxMs", isCount(timestampAheadMaxMs), timestampAheadMaxMs, "at least 1");
}

function validateFees(parameters: NetworkParameters): void {
  const { gasLimit, baseFeeGenesis, baseFeeMin, baseFeeChangeDenominator } = parameters;
  const { treasury, treasuryShareBasisPoints: share } = parameters;
  const isGasLimit = gasLimit >= 100_000n && gasLimit <= GAS_LIMIT_MAX;
  demand("gasLimit", isGasLimit, gasLimit, `100,000 to ${GAS_LIMIT_MAX}`);
  demand("baseFeeMin", baseFeeMin >= 0n, baseFeeMin, "at least 0");
  demand("baseFeeGenesis", baseFeeGenesis >= baseFeeMin, baseFeeGenesis, "at least baseFeeMin");
  demand("baseFeeChangeDenominator", baseFeeChangeDenominator > 0n, baseFeeChangeDenominator, "at least 1");
  demand("treasury", isAddress(treasury), treasury, "20 bytes of lower-case hexadecimal");
  const isShare = Number.isInteger(share) && share >= 0 && share <= 10_000;
  demand("treasuryShareBasisPoints", isShare, share, "0 to 10,000");
}

function validateLimits(parameters: NetworkParameters): void {
  const { bodyBytesMax, transactionBytesMax, extraBytesMax } = parameters;
  const transactionMin = INITCODE_BYTES_MAX + TRANSACTION_OVERHEAD_BYTES;
  const isTransactionEnough = isCount(transactionBytesMax) && transactionBytesMax >= transactionMin;
  demand(
    "transactionBytesMax",
    isTransactionEnough,
    transactionBytesMax,
    `at least ${transactionMin}: the longest creation`,
  );
  const bodyMin = transactionBytesMax + BODY_OVERHEAD_BYTES;
  demand(
    "bodyBytesMax",
    isCount(bodyBytesMax) && bodyBytesMax >= bodyMin,
    bodyBytesMax,
    `at least ${bodyMin}`,
  );
  const extraLimit = HEADER_LIMITS.extraBytesMax;
  const isExtraWithin = Number.isInteger(extraBytesMax) && extraBytesMax >= 0 && extraBytesMax <= extraLimit;
  demand("extraBytesMax", isExtraWithin, extraBytesMax, `0 to ${extraLimit}`);
}

function validateGenesis(
  { number = 0, timestampMs, extra, accounts }: NetworkParameters["genesis"],
  field: string,
  extraBytesMax: number,
): void {
  demand(`${field}.number`, Number.isSafeInteger(number) && number >= 0, number, "at least 0");
  demand(`${field}.timestampMs`, isCount(timestampMs), timestampMs, "milliseconds since 1970");
  demand(`${field}.extra`, extra.length <= extraBytesMax, extra.length, `at most ${extraBytesMax} bytes`);
  const addresses = new Set(accounts.map(({ address }) => address));
  demand(`${field}.accounts`, addresses.size === accounts.length, accounts.length, "each address once");
  const supply = supplyOf(accounts);
  demand(`${field}.accounts`, supply <= UINT256_MAX, supply, "a supply of at most 2^256 - 1");
  for (const [index, account] of accounts.entries()) {
    validateGenesisAccount(account, `${field}.accounts[${index}]`);
  }
}

function supplyOf(accounts: readonly GenesisAccount[]): bigint {
  return accounts.reduce((sum, { balance }) => sum + balance, 0n);
}

function validateGenesisAccount(account: GenesisAccount, field: string): void {
  const { address, balance, nonce = 0n, storage = new Map<Hash, bigint>() } = account;
  const at = (name: keyof GenesisAccount) => `${field}.${name}`;
  demand(at("address"), isAddress(address), address, "20 bytes of lower-case hexadecimal");
  demand(at("balance"), balance >= 0n, balance, "at least 0");
  demand(at("nonce"), nonce >= 0n && nonce < UINT64_MAX, nonce, "0 to 2^64 - 2");
  for (const [slot, value] of storage) {
    demand(
      at("storage"),
      isHex(slot, 32) && slot === slot.toLowerCase(),
      slot,
      "slots of 32 lower-case bytes",
    );
    demand(at("storage"), value > 0n && value <= UINT256_MAX, value, "values of 1 to 2^256 - 1");
  }
}

/** [SHARD-2] */
function validateShards(parameters: NetworkParameters): void {
  const { shards, chainId, genesis, extraBytesMax, gasLimit, bodyBytesMax, transactionBytesMax } = parameters;
  if (shards === undefined) return;
  demand("gasLimit", gasLimit >= SHARDS_GAS_LIMIT_MIN, gasLimit, `at least ${SHARDS_GAS_LIMIT_MIN}`);
  const bodyMin = transactionBytesMax + BODY_OVERHEAD_BYTES + BATCHES_BYTES_MAX;
  demand("bodyBytesMax", bodyBytesMax >= bodyMin, bodyBytesMax, `at least ${bodyMin}: messages beside one`);
  const { others, queueMax, lifetimeSeconds } = shards;
  const othersMax = SHARDS_MAX - 1;
  demand(
    "shards.others",
    others.length > 0 && others.length <= othersMax,
    others.length,
    `1 to ${othersMax} shards`,
  );
  others.forEach((shard, index) => {
    const field = `shards.others[${index}]`;
    demand(`${field}.chainId`, isChainId(shard.chainId), shard.chainId, CHAIN_IDS);
    validateGenesis(shard.genesis, `${field}.genesis`, extraBytesMax);
  });
  const chainIds = new Set([chainId, ...others.map((shard) => shard.chainId)]);
  demand(
    "shards.others",
    chainIds.size === others.length + 1,
    chainIds.size,
    "a chain id of its own for each shard",
  );
  const supply = [genesis, ...others.map((shard) => shard.genesis)].reduce(
    (sum, { accounts }) => sum + supplyOf(accounts),
    0n,
  );
  demand("shards.others", supply <= SHARDS_SUPPLY_MAX, supply, "a supply of all shards below 2^192");
  demand("shards.queueMax", isCount(queueMax) && queueMax <= QUEUE_MAX, queueMax, `1 to ${QUEUE_MAX}`);
  const isLifetime = isCount(lifetimeSeconds) && lifetimeSeconds <= HEADER_LIMITS.uint32Max;
  demand("shards.lifetimeSeconds", isLifetime, lifetimeSeconds, "1 to 2^32 - 1");
}

function demand(field: string, holds: boolean, got: string | number | bigint, expected: string): void {
  if (!holds) throw protocolErrors.PARAMETERS_INVALID({ field, got, expected });
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function isChainId(value: bigint): boolean {
  return value > 0n && value <= UINT64_MAX;
}

function isAddress(value: string): boolean {
  return isHex(value, 20) && value === value.toLowerCase();
}

function isCompact(bits: number): boolean {
  try {
    compactToTarget(bits);
    return true;
  } catch {
    return false;
  }
}
