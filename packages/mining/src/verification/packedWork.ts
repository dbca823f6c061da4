import { bigintToBytes, bytesToBigint } from "@trellis/base";
import { POW_ALGORITHMS } from "@trellis/protocol";
import type { AlgorithmCache } from "../algorithms/algorithmCache.ts";
import { verifyWork } from "./verifyWork.ts";
import type { Work } from "./Work.ts";

/** Bytes: algorithm 4, memoryKiB 4, passes 4, nonce 8 (little-endian), sealRoot 32, target 32 (big-endian). */
const PACKED_SIZE = 84;

/** Works must have passed `checkWork`. */
export function packWork(works: readonly Work[]): ArrayBuffer {
  const buffer = new ArrayBuffer(works.length * PACKED_SIZE);
  for (const [index, { parameters, sealRoot, nonce, target }] of works.entries()) {
    const view = new DataView(buffer, index * PACKED_SIZE, PACKED_SIZE);
    view.setUint32(0, POW_ALGORITHMS.indexOf(parameters.algorithm), true);
    view.setUint32(4, parameters.memoryKiB, true);
    view.setUint32(8, parameters.passes, true);
    view.setBigUint64(12, nonce, true);
    const bytes = new Uint8Array(buffer, index * PACKED_SIZE, PACKED_SIZE);
    bytes.set(sealRoot, 20);
    bytes.set(bigintToBytes(target, 32), 52);
  }
  return buffer;
}

/** Not 0, so that an answer that was never written is no verdict. */
const VERDICT = { valid: 1, invalid: 2 } as const;

/** One byte per work. */
export function verifyPacked(works: ArrayBuffer, algorithms: AlgorithmCache): ArrayBuffer {
  const count = works.byteLength / PACKED_SIZE;
  const verdicts = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const { parameters, sealRoot, nonce, target } = unpack(works, index);
    verdicts[index] = verifyWork(algorithms.get(parameters), sealRoot, nonce, target)
      ? VERDICT.valid
      : VERDICT.invalid;
  }
  return verdicts.buffer;
}

export function areVerdicts(answer: Uint8Array, count: number): boolean {
  return (
    answer.length === count &&
    answer.every((verdict) => verdict === VERDICT.valid || verdict === VERDICT.invalid)
  );
}

export function unpackVerdicts(answer: ArrayBuffer): boolean[] {
  return Array.from(new Uint8Array(answer), (verdict) => verdict === VERDICT.valid);
}

function unpack(works: ArrayBuffer, index: number): Work {
  const view = new DataView(works, index * PACKED_SIZE, PACKED_SIZE);
  const bytes = new Uint8Array(works, index * PACKED_SIZE, PACKED_SIZE);
  return {
    parameters: {
      algorithm: POW_ALGORITHMS[view.getUint32(0, true)]!,
      memoryKiB: view.getUint32(4, true),
      passes: view.getUint32(8, true),
    },
    nonce: view.getBigUint64(12, true),
    sealRoot: bytes.subarray(20, 52),
    target: bytesToBigint(bytes.subarray(52, 84)),
  };
}
