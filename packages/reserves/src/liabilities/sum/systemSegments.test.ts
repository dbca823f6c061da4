import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { seededBytes } from "../testing/seededBytes.ts";
import { leafLayout, writeU32 } from "../tree/layout.ts";
import type { SegmentTask } from "../tree/SegmentBuilder.ts";
import { createKernel } from "../tree/systemKernel.ts";
import { HASH_NAMES } from "../verify/hashes.ts";
import { buildSegment } from "./buildSegment.ts";
import { createDrawer } from "./drawPositions.ts";
import { buildSegmentFast } from "./systemSegments.ts";

function segment(
  count: number,
  columns: number,
  toLevel: number,
  more: Partial<SegmentTask> = {},
): SegmentTask {
  const random = seededBytes(`${count} ${columns} ${toLevel}`);
  const layout = leafLayout(columns);
  const leaves = random.bytes(count * layout.size) as Uint8Array<ArrayBuffer>;
  const draw = createDrawer(toLevel, random);
  const positions = new Set<number>();
  while (positions.size < count) positions.add(draw());
  for (const [index, position] of [...positions].sort((a, b) => a - b).entries()) {
    const record = leaves.subarray(index * layout.size, (index + 1) * layout.size);
    for (let at = 32; at < layout.nodeSize; at += 16) record.fill(0, at, at + 2);
    writeU32(record, layout.positionAt, position);
  }
  const snapshotId = random.bytes(32);
  const secrets = { snapshotId, paddingSecret: random.bytes(32) };
  return { hash: "sha256", columns, ...secrets, toLevel, leafVersion: 2, leaves, ...more };
}

const copyOf = (task: SegmentTask): SegmentTask => ({ ...task, leaves: task.leaves.slice() });

describe("segments four at a time", () => {
  const shapes = [
    [1, 1, 1],
    [1, 1, 10],
    [2, 3, 1],
    [3, 1, 2],
    [4, 2, 2],
    [5, 7, 32],
    [9, 1, 4],
    [64, 20, 6],
    [333, 2, 12],
    [1000, 5, 32],
    [7, 512, 5],
  ] as const;

  it.each(shapes)(
    "%i leaves of %i columns, %i levels: equals hashing node by node",
    (count, columns, toLevel) => {
      for (const leafVersion of [1, 2] as const) {
        const task = segment(count, columns, toLevel, { leafVersion });
        const [fast, slow] = [buildSegmentFast(copyOf(task)), buildSegment(copyOf(task))];
        expect(fast.root).toBe(slow.root);
        for (const part of ["leaves", "branches"] as const)
          expect(Buffer.compare(fast[part], slow[part]), `${part}, version ${leafVersion}`).toBe(0);
      }
    },
  );

  it("BUILD_MISSING: not compiled", () => {
    expect(() => createKernel(new URL("./absent.wasm", import.meta.url))).toThrowError(
      expect.objectContaining({
        code: "BUILD_MISSING",
        facts: { file: expect.stringMatching(/absent\.wasm$/) },
      }),
    );
  });

  it("LIABILITIES_INPUT_INVALID: more than the memory of WebAssembly", () => {
    const task = segment(1, 512, 1);
    const leaves = { length: 400_000 * leafLayout(512).size } as Uint8Array<ArrayBuffer>;
    expect(() => buildSegmentFast({ ...task, leaves })).toThrowError(
      refusal("LIABILITIES_INPUT_INVALID: a part of the tree exceeds WebAssembly memory"),
    );
  });

  it("a smaller segment after a larger one, and vice versa", () => {
    for (const [count, columns, toLevel] of [...shapes, ...shapes.toReversed()]) {
      const task = segment(count, columns, toLevel);
      expect(buildSegmentFast(copyOf(task))).toEqual(buildSegment(task));
    }
  });

  it.each(HASH_NAMES)("%s matches the definition with every implementation", (hash) => {
    const task = segment(50, 2, 9, { hash });
    expect(buildSegmentFast(copyOf(task))).toEqual(buildSegment(task));
  });

  it("SUM_OVERFLOW at the same level and column, and the next segment is built", () => {
    const task = segment(8, 3, 3);
    const { size } = leafLayout(3);
    for (const leaf of [4, 7]) task.leaves[leaf * size + 32 + 16] = 0x80;
    const overflow = expect.objectContaining({ code: "SUM_OVERFLOW", facts: { level: 2, column: 1 } });
    expect(() => buildSegmentFast(copyOf(task))).toThrowError(overflow);
    expect(() => buildSegment(copyOf(task))).toThrowError(overflow);
    const next = segment(9, 1, 4);
    expect(buildSegmentFast(copyOf(next))).toEqual(buildSegment(next));
  });
});
