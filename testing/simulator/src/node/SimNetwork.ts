import { bytesToHex, hexToBytes } from "@trellis/base";
import { withSystemContracts } from "@trellis/contracts";
import { keccak256, privateKeyToAddress } from "@trellis/crypto";
import { constructAccounts } from "@trellis/evm";
import {
  type Address,
  type Hash,
  type NetworkParameters,
  pruningDepthMin,
  sim,
  validateParameters,
} from "@trellis/protocol";
import type { Swarm } from "../run/chooseSwarm.ts";
import { stakingOf } from "../votes/validators.ts";
import type { RandomStream } from "../world/RandomStream.ts";

import { COIN } from "./coin.ts";

export interface Actor {
  readonly secret: Uint8Array;
  readonly address: Address;
}

export const ACTORS: readonly Actor[] = Array.from({ length: 6 }, (_value, index) => {
  const secret = keccak256(new TextEncoder().encode(`simulated actor ${index}`));
  return { secret, address: bytesToHex(privateKeyToAddress(secret)) };
});

export function minerAddress(node: number): Address {
  return `0x${(0xa000 + node).toString(16).padStart(40, "0")}`;
}

export const RECORDER: Address = `0x${"c0".repeat(20)}`;
const RECORDER_CODE = hexToBytes(
  "0x" +
    "602035600035" + // value, slot
    "55" +
    "60ff54600101" + // counter + 1
    "60ff55" +
    "4260fe55" + // TIMESTAMP
    "4460fd55" + // PREVRANDAO
    "4160fc55" + // COINBASE
    "60014303" + // NUMBER - 1
    "4060fb55" + // BLOCKHASH
    "60003560006000a1" + // a log with the slot as its topic
    "00",
);
export const RECORDER_SLOTS: readonly Hash[] = [0, 1, 2, 3, 4, 5, 6, 7, 0xfb, 0xfc, 0xfd, 0xfe, 0xff].map(
  slotOf,
);

export function slotOf(slot: number): Hash {
  return `0x${slot.toString(16).padStart(64, "0")}`;
}

/** @param blocksPerSecond rate of all miners together */
export function simParameters(
  rng: RandomStream,
  { blocksPerSecond, isTight, voting }: Pick<Swarm, "blocksPerSecond" | "isTight" | "voting">,
): NetworkParameters {
  const ghostdagK = rng.pick([1, 2, 4, 8, sim.ghostdagK]);
  const isMoving = rng.chance(0.5);
  const mergesetMax = isTight ? ghostdagK + 6 : sim.mergesetMax;
  const mergeDepth = isTight ? ghostdagK + 20 : sim.mergeDepth;
  const depths = { mergesetMax, mergeDepth, ghostdagK };
  const finalityDepth = Math.max(ghostdagK + 8, Math.ceil(rng.between(20, 35) * blocksPerSecond));
  const medianTimeWindow = { size: 11, sampleRate: rng.pick([1, 2]) };
  const difficultyWindow = { size: isTight ? 10 : 30, sampleRate: rng.pick([1, 2]), sizeMin: 8 };
  // Depth of the difficulty window over all streams. [DIFF-3]
  const windowDepth = difficultyWindow.size * difficultyWindow.sampleRate * sim.streams.length;
  const judgedDepth =
    finalityDepth + 2 * mergeDepth + 2 * mergesetMax + 2 * Math.max(windowDepth, finalityDepth);
  const parameters = validateParameters({
    ...sim,
    ...depths,
    votes: voting?.parameters ?? sim.votes,
    finalityDepth,
    pruningDepth: Math.max(
      isTight ? 0 : sim.pruningDepth,
      pruningDepthMin({ ...depths, finalityDepth }),
      judgedDepth,
    ),
    medianTimeWindow,
    difficultyWindow,
    streams: sim.streams.map((stream) => ({
      ...stream,
      difficulty: isMoving ? ("window" as const) : ("fixed" as const),
      targetIntervalMs: Math.round((1_000 * sim.streams.length) / blocksPerSecond),
      memoryKiB: stream.algorithm === "memory" ? 8 : 0,
    })),
    genesis: {
      ...sim.genesis,
      accounts: [
        ...ACTORS.map(({ address }) => ({ address, balance: 1_000n * COIN })),
        { address: RECORDER, balance: 0n, nonce: 1n, code: RECORDER_CODE },
      ],
    },
  });
  return voting === undefined
    ? parameters
    : withSystemContracts(parameters, { staking: stakingOf(voting), construct: constructAccounts });
}
