import { bigintToBytes, bytesToBigint } from "@trellis/base";
import { POW_ALGORITHMS } from "@trellis/protocol";
import type { AlgorithmCache } from "../algorithms/algorithmCache.ts";
import type { SealedWork } from "./Work.ts";

/** Bytes: algorithm 4, memoryKiB 4, passes 4, nonce 8 (little-endian), sealRoot 32. */
const PACKED_SIZE = 52;
/** Bytes: mark 1, hash 32 (big-endian). */
const ANSWER_SIZE = 33;
/** An answer that was never written must not be the best of hashes. */
const WRITTEN = 1;

/** Works must have passed `checkSealedWork`. */
export function packWork(works: readonly SealedWork[]): ArrayBuffer {
  const buffer = new ArrayBuffer(works.length * PACKED_SIZE);
  for (const [index, { parameters, sealRoot, nonce }] of works.entries()) {
    const view = new DataView(buffer, index * PACKED_SIZE, PACKED_SIZE);
    view.setUint32(0, POW_ALGORITHMS.indexOf(parameters.algorithm), true);
    view.setUint32(4, parameters.memoryKiB, true);
    view.setUint32(8, parameters.passes, true);
    view.setBigUint64(12, nonce, true);
    new Uint8Array(buffer, index * PACKED_SIZE, PACKED_SIZE).set(sealRoot, 20);
  }
  return buffer;
}

export function hashPacked(works: ArrayBuffer, algorithms: AlgorithmCache): ArrayBuffer {
  const count = works.byteLength / PACKED_SIZE;
  const answer = new Uint8Array(count * ANSWER_SIZE);
  for (let index = 0; index < count; index++) {
    const { parameters, sealRoot, nonce } = unpack(works, index);
    answer.set(
      [WRITTEN, ...bigintToBytes(algorithms.get(parameters).hash(sealRoot, nonce), 32)],
      index * ANSWER_SIZE,
    );
  }
  return answer.buffer;
}

export function areHashes(answer: Uint8Array, count: number): boolean {
  return (
    answer.length === count * ANSWER_SIZE &&
    answer.every((byte, index) => index % ANSWER_SIZE !== 0 || byte === WRITTEN)
  );
}

export function unpackHashes(answer: ArrayBuffer): bigint[] {
  return Array.from({ length: answer.byteLength / ANSWER_SIZE }, (_, index) =>
    bytesToBigint(new Uint8Array(answer, index * ANSWER_SIZE + 1, ANSWER_SIZE - 1)),
  );
}

function unpack(works: ArrayBuffer, index: number): SealedWork {
  const view = new DataView(works, index * PACKED_SIZE, PACKED_SIZE);
  return {
    parameters: {
      algorithm: POW_ALGORITHMS[view.getUint32(0, true)]!,
      memoryKiB: view.getUint32(4, true),
      passes: view.getUint32(8, true),
    },
    nonce: view.getBigUint64(12, true),
    sealRoot: new Uint8Array(works, index * PACKED_SIZE + 20, 32),
  };
}
