import { expect, it, vi } from "vitest";

vi.hoisted(() => vi.stubGlobal("location", { origin: "http://127.0.0.1:1" }));

import { DagStore } from "./DagStore.ts";
import type { RpcConnection } from "./RpcConnection.ts";

const LIMIT = { timeout: 60_000 };
/** Limit of `trellis_getDag`, which returns the lowest blue scores first. */
const BLOCKS_MAX = 1_000;

const quantity = (value: number) => `0x${value.toString(16)}` as const;
const blockAt = (score: number) => ({
  hash: quantity(score),
  parents: [quantity(score - 1)],
  blueScore: quantity(score),
  number: quantity(score),
  timestampMs: "0x0",
  stream: 0,
  miner: "0x",
  isChainBlock: true,
});

function openNode() {
  const listeners: ((message: unknown) => void)[] = [];
  const node = {
    head: 50,
    state: "live",
    async request(method: string, params: readonly string[]): Promise<unknown> {
      if (method === "trellis_getChainBlock") return blockAt(node.head);
      if (method === "trellis_getCheckpoint") return { finalized: { number: "0x0" } };
      const [from, to] = params.map(Number) as [number, number];
      const count = Math.min(BLOCKS_MAX, Math.min(to, node.head) - from + 1);
      return Array.from({ length: count }, (_, index) => blockAt(from + index));
    },
    subscribe(_: string, __: unknown, onMessage: (message: unknown) => void) {
      listeners.push(onMessage);
      return () => listeners.splice(listeners.indexOf(onMessage), 1);
    },
    onState: () => () => {},
    grow(by: number): void {
      node.head += by;
      for (const tell of [...listeners]) tell({ kind: "block", block: blockAt(node.head) });
    },
  };
  return node;
}

it.each([
  [5_000, "stays"],
  [5_000, "leaves meanwhile"],
  [300, "stays"],
])("the part that is shown has no hole, though %i blocks were missed by one who %s", async (missed, who) => {
  const node = openNode();
  const store = new DagStore(node as unknown as RpcConnection);
  const holes: number[][] = [];
  const scores = () =>
    [...store.snapshot().blocks.values()].map(({ blueScore }) => blueScore).sort((a, b) => a - b);
  const look = (): void => {
    const shown = scores();
    for (const [index, score] of shown.entries()) {
      if (index > 0 && score !== shown[index - 1]! + 1) holes.push([shown[index - 1]!, score]);
    }
  };
  let stop = store.subscribe(look);
  await vi.waitUntil(() => scores().length === node.head + 1, LIMIT);
  if (who === "stays") node.grow(missed);
  else {
    stop();
    node.head += missed - 1;
    stop = store.subscribe(look);
    node.grow(1);
  }
  await vi.waitUntil(() => scores().length > 300 && scores().at(-1) === node.head, LIMIT);
  node.grow(1);
  await vi.waitUntil(() => scores().at(-1) === node.head, LIMIT);
  stop();
  expect(holes).toEqual([]);
});
