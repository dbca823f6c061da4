import type { Anchor } from "./Anchor.ts";
import { type AnchorStore, checkFollows, checkSame } from "./AnchorStore.ts";
import { anchoringErrors } from "./errors.ts";

/** Forgets with the process: for tests and for those who keep nothing. */
export function createMemoryAnchorStore(): AnchorStore {
  const anchors: Anchor[] = [];
  return {
    async add(content) {
      const known = anchors[content.sequence - 1];
      if (known !== undefined) {
        checkSame(known, content);
        return known;
      }
      checkFollows(anchors.at(-1), content);
      const anchor: Anchor = { ...content, state: "pending", version: 0, attempts: [], inclusion: undefined };
      anchors.push(anchor);
      return anchor;
    },
    find: async (sequence) => anchors[sequence - 1],
    open: async (limit) => anchors.filter(({ state }) => state !== "final").slice(0, limit),
    async change({ sequence, version }, change) {
      const known = anchors[sequence - 1];
      if (known === undefined || known.version !== version) return undefined;
      if (known.state === "final") throw anchoringErrors.ANCHOR_SETTLED({ sequence });
      const changed = { ...known, ...change, version: version + 1 };
      anchors[sequence - 1] = changed;
      return changed;
    },
  };
}
