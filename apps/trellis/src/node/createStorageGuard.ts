import { statfsSync } from "node:fs";

const MIB = 2 ** 20;
/** Minimum interval: each transaction requests a measurement, which takes 0.1 ms. */
const LOOK_EVERY_MS = 100;
/** Space for the next batch of blocks. Small disks need only FREE_SHARE_MIN. */
const FREE_BYTES_MIN = 256 * MIB;
const FREE_SHARE_MIN = 0.02;

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * Returns a function that reports why writes must stop: a batch that fails on a full disk would stop the
 * chain.
 */
export function createStorageGuard(
  directory: string,
  measure: (directory: string) => DiskSpace = measureSpace,
  nowMs: () => number = () => performance.now(),
): () => string | undefined {
  let seen: string | undefined;
  let lookAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    if (nowMs() < lookAtMs) return seen;
    lookAtMs = nowMs() + LOOK_EVERY_MS;
    try {
      seen = shortageOf(measure(directory));
    } catch {
      // The next write reports the error.
      seen = undefined;
    }
    return seen;
  };
}

function shortageOf({ freeBytes, totalBytes }: DiskSpace): string | undefined {
  const freeBytesMin = Math.min(FREE_BYTES_MIN, Math.floor(FREE_SHARE_MIN * totalBytes));
  if (freeBytes >= freeBytesMin) return undefined;
  return `the disk is full: ${freeBytes} bytes free, at least ${freeBytesMin} needed`;
}

export function measureSpace(directory: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
