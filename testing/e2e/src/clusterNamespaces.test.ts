import { afterAll, describe, expect, it } from "vitest";
import {
  Cluster,
  type ClusterNode,
  dagOf,
  expectAgreement,
  heightOf,
  lagOf,
  peerCountOf,
  positionsOf,
} from "./cluster/Cluster.ts";
import { Namespaces } from "./cluster/Namespaces.ts";
import { whileMoving } from "./eventually.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const LEFT = [1, 2];
const RIGHT = [3, 4, 5];
const BLOCK_TIME_MS = 500;
const PARTITION_MS = Number(process.env.TRELLIS_CLUSTER_PARTITION_MS ?? 10_000);
const QUALITY = { latencyMs: 100, lossPercent: 1 };
const SETTLED = 30;
const LAG_MAX = 5;

const opened = Namespaces.open(`trellis${process.pid}`);
if (typeof opened === "string") console.warn(`no network namespaces, so no cut network is tested: ${opened}`);

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(typeof opened === "string")("in network namespaces", () => {
  const namespaces = opened as Namespaces;
  let directory: TemporaryDirectory | undefined;
  let cluster: Cluster | undefined;

  afterAll(async () => {
    await cluster?.stop().finally(() => namespaces.close());
    await directory?.remove();
  });

  it(
    "five distant nodes agree, also after a partition",
    async () => {
      directory = await temporaryDirectory();
      cluster = new Cluster({ directory: directory.path, blockTimeMs: BLOCK_TIME_MS });
      const nodes = new Map<number, ClusterNode>();
      for (const number of [...LEFT, ...RIGHT]) {
        const place = namespaces.add(number, LEFT.includes(number) ? "left" : "right");
        const missing = namespaces.slow(number, QUALITY);
        if (missing !== undefined && number === 1) console.warn(`without latency and loss: ${missing}`);
        nodes.set(number, await cluster.start(`node-${number}`, place));
      }
      const of = (numbers: readonly number[]): ClusterNode[] => numbers.map((number) => nodes.get(number)!);
      const all = of([...LEFT, ...RIGHT]);
      const moves = (): Promise<unknown> => positionsOf(all);
      await whileMoving(
        async () => (await Promise.all(all.map(peerCountOf))).every((count) => count >= 3),
        moves,
      );
      await whileMoving(
        async () => (await Promise.all(all.map(heightOf))).every((height) => height > 2 * SETTLED),
        moves,
      );
      await expectAgreement(all, SETTLED);

      namespaces.setCable(false);
      await sleep(PARTITION_MS);
      const [left, right] = await Promise.all([LEFT, RIGHT].map((side) => heightOf(of(side)[0]!)));
      namespaces.setCable(true);
      console.info(`cut for ${PARTITION_MS} ms: heights ${left} and ${right}`);

      const isTogether = async (node: ClusterNode) => {
        const others = all.filter((other) => other !== node);
        return (await peerCountOf(node)) >= 3 && (await lagOf(node, others)) <= LAG_MAX;
      };
      for (const node of all) await whileMoving(() => isTogether(node), moves);
      const atHeal = Math.max(left!, right!);
      await whileMoving(async () => (await heightOf(all[0]!)) > atHeal + SETTLED, moves);
      await expectAgreement(all, SETTLED);
      expect((await dagOf(all[0]!)).filter(({ color }) => color === "red").length).toBeGreaterThan(0);
    },
    PARTITION_MS + 600_000,
  );
});
