import { lowerPriority, serveTasks } from "@trellis/crypto";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import {
  CONTROL_HASHES,
  CONTROL_PLAIN,
  CONTROL_STOP,
  type MinerAnswer,
  type MinerTask,
} from "./minerTask.ts";
import { nextCount } from "./nextCount.ts";
import { searchNonces } from "./searchNonces.ts";

/** Time between stop checks, unless a hash is slower. */
const SLICE_MS = 2;

const algorithms = createAlgorithmCache();

lowerPriority();
serveTasks((task: MinerTask) => ({ output: mine(task) }));

function mine(task: MinerTask): MinerAnswer {
  const algorithm = algorithms.get(task.parameters);
  const work = algorithm.prepare(task.sealRoot);
  const stop = new Int32Array(task.control);
  if (algorithm.name === "heavy" && work.search === undefined) Atomics.store(stop, CONTROL_PLAIN, 1);
  const hashes = new BigUint64Array(task.control);
  let row = { first: task.first, stride: task.stride };
  let countMax = 1;
  while (Atomics.load(stop, CONTROL_STOP) === 0) {
    const startMs = performance.now();
    const { nonce, hashCount } = searchNonces(work, task.target, row, countMax);
    const tookMs = performance.now() - startMs;
    Atomics.add(hashes, CONTROL_HASHES, BigInt(hashCount));
    if (nonce !== undefined) return nonce;
    row = { first: BigInt.asUintN(64, row.first + BigInt(hashCount) * row.stride), stride: row.stride };
    countMax = nextCount(countMax, tookMs, SLICE_MS);
    rest(stop, tookMs, task.dutyCycle);
  }
  return undefined;
}

function rest(stop: Int32Array, tookMs: number, dutyCycle: number): void {
  if (dutyCycle < 1) Atomics.wait(stop, CONTROL_STOP, 0, tookMs * (1 / dutyCycle - 1));
}
