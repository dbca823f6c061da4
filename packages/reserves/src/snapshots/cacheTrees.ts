import { SerialQueue } from "@trellis/base";
import { uninterruptible } from "@trellis/platform/cancellation";
import { httpErrors } from "@trellis/platform/http";
import type { LiabilityTree } from "../liabilities/index.ts";

interface TreeCache {
  get(number: number): Promise<LiabilityTree>;
  all(): readonly Promise<LiabilityTree>[];
  drop(number: number): void;
}

interface TreeCachePorts {
  /** Approximate bytes. Rejects unknown trees before they are queued. */
  sizeOf(number: number): Promise<number>;
  open(number: number): Promise<LiabilityTree>;
}

interface Entry {
  readonly tree: Promise<LiabilityTree>;
  /** Bytes; 0 while the opening is queued. */
  size: number;
}

/** Trees opening or queued. */
const OPENINGS_MAX = 4;
const RETRY_AFTER_S = 5;

/** Opens one tree at a time. Evicts older snapshots first. */
export function cacheTrees(bytesMax: number, { sizeOf, open }: TreeCachePorts): TreeCache {
  const held = new Map<number, Entry>();
  const queue = new SerialQueue();
  let openings = 0;

  function makeRoom(wanted: number): void {
    let size = held.values().reduce((sum, entry) => sum + entry.size, 0);
    for (const number of [...held.keys()].sort((a, b) => a - b)) {
      if (size <= bytesMax) return;
      const entry = held.get(number)!;
      if (number === wanted || entry.size === 0) continue;
      size -= entry.size;
      held.delete(number);
    }
  }

  function begin(number: number, size: number): Promise<LiabilityTree> {
    if (openings >= OPENINGS_MAX) throw httpErrors.OVERLOADED({ retryAfterS: RETRY_AFTER_S });
    openings += 1;
    const count = (bytes: number): void => {
      entry.size = bytes;
      makeRoom(number);
    };
    const work = async (): Promise<LiabilityTree> => {
      try {
        count(size);
        const tree = await open(number);
        count(tree.byteLength);
        return tree;
      } catch (error) {
        if (held.get(number) === entry) held.delete(number);
        throw error;
      } finally {
        openings -= 1;
      }
    };
    // The opening must continue even if the first request ends.
    const entry: Entry = { tree: uninterruptible(() => queue.run(work)), size: 0 };
    held.set(number, entry);
    return entry.tree;
  }

  return {
    async get(number) {
      const known = held.get(number);
      if (known !== undefined) return known.tree;
      const size = await sizeOf(number);
      return held.get(number)?.tree ?? begin(number, size);
    },
    all: () => [...held.values().map(({ tree }) => tree)],
    drop: (number) => void held.delete(number),
  };
}
