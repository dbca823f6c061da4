import { baseErrors, bytesToBigint, bytesToHex, LruMap } from "@trellis/base";
import { protocolErrors } from "@trellis/protocol";
import { heavyMatrix } from "../heavy/heavyMatrix.ts";
import { createHeavySearch } from "../heavy/heavySearch.ts";
import { createHeavyHasher } from "../heavy/kHeavyHash.ts";
import { blake3Work } from "./blake3Work.ts";
import { checkSealRoot } from "./checkSealRoot.ts";
import { memoryWork } from "./memoryWork.ts";
import type { PowAlgorithm, PowParameters, PreparedWork } from "./PowAlgorithm.ts";

const NONCE_MAX = 2n ** 64n - 1n;
/** Argon2 needs two 1-KiB blocks in each of four slices. */
const MEMORY_KIB_MIN = 8;
/** Nodes cannot spare more than 1 GiB. */
const MEMORY_KIB_MAX = 2 ** 20;
const PASSES_MAX = 16;
const PREPARED_MAX = 16;

/** Measured per hash. Beyond the CPU caches, Argon2 takes twice as long per KiB. */
const BLAKE3_MICROSECONDS = 0.3;
const HEAVY_MICROSECONDS = 4;
/** Draws the matrix, and computes its rank. */
const HEAVY_PREPARE_MICROSECONDS = 120;
const MEMORY_MICROSECONDS = 25;
const MEMORY_MICROSECONDS_PER_KIB = 0.2;

/** @throws PARAMETERS_INVALID */
export function createPowAlgorithm(parameters: PowParameters): PowAlgorithm {
  switch (parameters.algorithm) {
    case "blake3":
      return createAlgorithm("blake3", BLAKE3_MICROSECONDS, 0, blake3Work);
    case "heavy":
      return createAlgorithm("heavy", HEAVY_MICROSECONDS, HEAVY_PREPARE_MICROSECONDS, heavyWork);
    case "memory": {
      const { memoryKiB, passes } = parameters;
      checkMemory(memoryKiB, passes);
      const microseconds = MEMORY_MICROSECONDS + MEMORY_MICROSECONDS_PER_KIB * memoryKiB * passes;
      return createAlgorithm("memory", microseconds, 0, (root) => memoryWork(root, memoryKiB, passes));
    }
    default:
      throw protocolErrors.PARAMETERS_INVALID({
        field: "proof of work",
        algorithm: String(parameters.algorithm),
      });
  }
}

function createAlgorithm(
  name: PowAlgorithm["name"],
  hashMicroseconds: number,
  prepareMicroseconds: number,
  prepareWork: (sealRoot: Uint8Array) => PreparedWork,
): PowAlgorithm {
  const prepared = new LruMap<string, PreparedWork>(PREPARED_MAX);
  const prepare = (sealRoot: Uint8Array): PreparedWork => {
    checkSealRoot(sealRoot);
    const key = bytesToHex(sealRoot);
    const known = prepared.get(key);
    if (known !== undefined) return known;
    const work = prepareWork(sealRoot.slice());
    prepared.set(key, work);
    return work;
  };
  return {
    name,
    hashMicroseconds,
    prepareMicroseconds,
    prepare,
    hash(sealRoot, nonce) {
      if (nonce < 0n || nonce > NONCE_MAX)
        throw baseErrors.ARGUMENT_INVALID({ rule: "a nonce is a uint64", nonce });
      const digest = prepare(sealRoot).digest(Number(nonce & 0xffff_ffffn), Number(nonce >> 32n));
      return bytesToBigint(digest.slice().reverse());
    },
  };
}

function checkMemory(memoryKiB: number, passes: number): void {
  const isMemoryGood =
    Number.isInteger(memoryKiB) && memoryKiB >= MEMORY_KIB_MIN && memoryKiB <= MEMORY_KIB_MAX;
  const arePassesGood = Number.isInteger(passes) && passes >= 1 && passes <= PASSES_MAX;
  if (!isMemoryGood || !arePassesGood)
    throw protocolErrors.PARAMETERS_INVALID({ field: "proof of work", memoryKiB, passes });
}

/** kHeavyHash's timestamp is 0, because the seal root already commits to the block's. */
function heavyWork(sealRoot: Uint8Array): PreparedWork {
  const matrix = heavyMatrix(sealRoot);
  const digest = createHeavyHasher(sealRoot, 0n, matrix);
  // Verification does not search.
  let search: { readonly vectors: PreparedWork["search"] } | undefined;
  return {
    digest,
    get search() {
      search ??= { vectors: createHeavySearch(sealRoot, 0n, matrix, digest) };
      return search.vectors;
    },
  };
}
