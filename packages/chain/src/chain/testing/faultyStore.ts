import { createMemoryStore, type KeyValueStore, storageErrors, type WriteOperation } from "@trellis/storage";

/**
 * What happens to one write: it is refused and nothing stored; it is stored and reported as failed; the process ends
 * before it is stored; the process ends when it is stored and nobody was told.
 */
export const FAULTS = ["refused", "unacknowledged", "died before", "died after"] as const;
export type Fault = (typeof FAULTS)[number];

/** A store in memory of which one write goes wrong. */
interface FaultyStore extends KeyValueStore {
  /** What outlives the process. */
  readonly under: KeyValueStore;
  readonly writeCount: number;
  /** Resolves when the process has ended. */
  readonly died: Promise<void>;
}

/** @param at the number of the write that goes wrong, from 1 */
export function createFaultyStore(at: number, fault: Fault): FaultyStore {
  const under = createMemoryStore();
  let writeCount = 0;
  let die: () => void = () => {};
  const died = new Promise<void>((resolve) => {
    die = resolve;
  });
  const never = new Promise<void>(() => {});
  return {
    ...under,
    under,
    died,
    get writeCount() {
      return writeCount;
    },
    async write(operations: readonly WriteOperation[]) {
      writeCount++;
      if (writeCount > at && fault.startsWith("died")) return never;
      if (writeCount !== at) return under.write(operations);
      if (fault === "unacknowledged" || fault === "died after") await under.write(operations);
      if (fault === "refused" || fault === "unacknowledged") throw storageErrors.STORE_WRITE_FAILED();
      die();
      return never;
    },
  };
}
