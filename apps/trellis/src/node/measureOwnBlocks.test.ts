import { createPrometheusMetrics } from "@trellis/platform/metrics";
import type { ChainBlock, ChainEvent, DagBlock, Hash, Header, StreamParameters } from "@trellis/protocol";
import { expect, it } from "vitest";
import { measureOwnBlocks } from "./measureOwnBlocks.ts";

const MINER = `0x${"aa".repeat(20)}` as const;
const OTHER = `0x${"bb".repeat(20)}` as const;
const hashOf = (name: string): Hash => `0x${Buffer.from(name).toString("hex").padStart(64, "0")}`;

/** Carriers that begin with `own` pay the miner; those that end with `red` are red. */
function open() {
  const listeners = new Set<(event: ChainEvent) => void>();
  const nameOf = (hash: Hash): string => Buffer.from(hash.slice(2), "hex").toString().replaceAll("\0", "");
  const carriersOf = new Map<Hash, readonly Hash[]>();
  const metrics = createPrometheusMetrics({ process: false });
  const streams = [{ name: "memory", subsidyWei: 2n * 10n ** 18n }] as unknown as readonly StreamParameters[];
  const stop = measureOwnBlocks(
    {
      parameters: { streams } as never,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      header: (hash) =>
        ({ miner: nameOf(hash).startsWith("own") ? MINER : OTHER, stream: 0 }) as unknown as Header,
      dagBlock: (hash) =>
        ({
          reds: carriersOf.get(hash)!.filter((each) => nameOf(each).endsWith("red")),
        }) as unknown as DagBlock,
    },
    MINER,
    metrics,
  );
  const blockOf = (number: number, ...names: readonly string[]): ChainBlock => {
    const carriers = names.map(hashOf);
    const hash = carriers.at(-1)!;
    carriersOf.set(hash, carriers);
    return { hash, header: { number }, carriers } as unknown as ChainBlock;
  };
  const tell = (event: ChainEvent): void => {
    for (const listener of listeners) listener(event);
  };
  const counts = async () => {
    const lines = (await metrics.render()).split("\n").filter((line) => line.startsWith("trellis_own"));
    const figureOf = (part: string) =>
      Number(
        lines
          .find((line) => line.includes(part))!
          .split(" ")
          .at(-1),
      );
    return { blue: figureOf('"blue"'), red: figureOf('"red"'), coins: figureOf("rewards") };
  };
  return { blockOf, tell, counts, stop, listeners };
}

it("counts the blocks of the miner once they are final, and the rewards of blue ones", async () => {
  const { blockOf, tell, counts, stop, listeners } = open();
  expect(await counts()).toEqual({ blue: 0, red: 0, coins: 0 });
  tell({ kind: "added", block: blockOf(1, "own 1", "other red", "own red", "own 2") });
  tell({ kind: "added", block: blockOf(2, "other 3") });
  tell({ kind: "added", block: blockOf(3, "own 4") });
  expect(await counts()).toEqual({ blue: 0, red: 0, coins: 0 });
  tell({ kind: "finalized", hash: hashOf("other 3"), number: 2 });
  expect(await counts()).toEqual({ blue: 2, red: 1, coins: 4 });
  tell({ kind: "finalized", hash: hashOf("own 4"), number: 3 });
  expect(await counts()).toEqual({ blue: 3, red: 1, coins: 6 });
  stop();
  expect(listeners.size).toBe(0);
});

it("a block that a reorganisation merges elsewhere counts once, with its final colour", async () => {
  const { blockOf, tell, counts } = open();
  const first = blockOf(1, "own 1");
  tell({ kind: "added", block: first });
  tell({ kind: "removed", block: first });
  tell({ kind: "added", block: blockOf(1, "other 1") });
  tell({ kind: "added", block: blockOf(2, "own 1 red", "other 2") });
  tell({ kind: "finalized", hash: hashOf("other 2"), number: 2 });
  expect(await counts()).toEqual({ blue: 0, red: 1, coins: 0 });
});
