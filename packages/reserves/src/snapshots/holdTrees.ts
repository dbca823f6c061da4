import { SerialQueue } from "@trellis/base";
import { uninterruptible } from "@trellis/platform/cancellation";
import { httpErrors } from "@trellis/platform/http";
import type { LiabilityTree } from "../liabilities/index.ts";

/** Trees that are held open to prove, by the numbers of their snapshots, in memory that has a limit. */
interface HeldTrees {
  /** @throws OVERLOADED where too many wait to be opened, and what opening one throws */
  get(number: number): Promise<LiabilityTree>;
  /** Those that are held or opened, and those that wait for it. */
  all(): readonly Promise<LiabilityTree>[];
  drop(number: number): void;
}

interface HeldTreesPorts {
  /** Bytes that opening a tree will take, near enough. Throws where there is none: only what can be opened waits. */
  sizeOf(number: number): Promise<number>;
  open(number: number): Promise<LiabilityTree>;
}

interface Entry {
  readonly tree: Promise<LiabilityTree>;
  /** 0 until its turn to be opened comes. */
  size: number;
}

/** Openings that are under way and that wait. */
const OPENINGS_MAX = 4;
const RETRY_AFTER_S = 5;

/**
 * One tree is opened at a time, when what is known of its size has found room: older snapshots' trees go first, since
 * it is the newest that customers ask for. Alone a tree may be larger than the limit.
 */
export function holdTrees(bytesMax: number, { sizeOf, open }: HeldTreesPorts): HeldTrees {
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
    // Others wait for it as well: it does not end with the request that began it.
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
