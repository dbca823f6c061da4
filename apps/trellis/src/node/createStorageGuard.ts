import { statfsSync } from "node:fs";

const MIB = 2 ** 20;
/** The disk is looked at no more often: each transaction asks, and a look takes a tenth of a millisecond. */
const LOOK_EVERY_MS = 100;
/** Kept free, so that the batch of the next run of blocks fits. Less on small disks. */
const FREE_BYTES_MIN = 256 * MIB;
const FREE_SHARE_MIN = 0.02;

interface DiskSpace {
  /** For this user. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * Tells why nothing should be stored in a directory: the disk is almost full. A chain stops for good
 * when a batch fails, so the node waits before that happens.
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
      // A disk that cannot be measured may still be written; the write tells.
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

/** @throws the error of the system */
export function measureSpace(directory: string): DiskSpace {
  const { bavail, blocks, bsize } = statfsSync(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
