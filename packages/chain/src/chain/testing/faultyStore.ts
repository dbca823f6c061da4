import { createMemoryStore, type KeyValueStore, storageErrors, type WriteOperation } from "@trellis/storage";

export const FAULTS = ["refused", "unacknowledged", "died before", "died after"] as const;
export type Fault = (typeof FAULTS)[number];

interface FaultyStore extends KeyValueStore {
  readonly under: KeyValueStore;
  readonly writeCount: number;
  readonly died: Promise<void>;
}

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
