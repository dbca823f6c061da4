import { statfsSync } from "node:fs";

const MIB = 2 ** 20;
/** Kept free, so that the batch of the next run of blocks fits. Less on small disks. */
const FREE_BYTES_MIN = 256 * MIB;
const FREE_SHARE_MIN = 0.02;

export interface DiskSpace {
  /** For this user. */
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * Tells why nothing should be stored in a directory: the disk is almost full. A chain stops for good
 * when a batch fails, so the node waits before that happens. A look takes some microseconds.
 */
export function createStorageGuard(
  directory: string,
  measure: (directory: string) => DiskSpace = measureSpace,
): () => string | undefined {
  return () => {
    try {
      return shortageOf(measure(directory));
    } catch {
      // A disk that cannot be measured may still be written; the write tells.
      return undefined;
    }
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
