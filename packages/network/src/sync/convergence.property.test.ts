import { VirtualTime } from "@trellis/kit/time";
import { type Block, createBlock } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { startTestNode, TEST_WIRE, type TestNode } from "./testing/TestNode.ts";
import { type Override, TestInternet } from "./testing/TestTransport.ts";
import { mineRandomDag, TEST_START_MS, tampered } from "./testing/testChain.ts";

const { bodies, headers, hello, blocks } = TEST_WIRE.protocols;

function chanceOf(draws: readonly number[]): () => number {
  let at = 0;
  return () => draws[at++ % draws.length]! / 2 ** 16;
}

function lies(rng: () => number, spare: Block): Override {
  return async (_from, protocol, _request, answer) => {
    const draw = rng();
    if (draw < 0.1) return "never";
    const honest = await answer();
    if (draw < 0.2) return honest.subarray(0, Math.floor(rng() * honest.length));
    if (draw > 0.6) return honest;
    if (protocol === bodies.id) {
      const answered = bodies.answer.decode(honest).bodies;
      return bodies.answer.encode({
        bodies: draw < 0.4 ? answered.map(() => undefined) : answered.toReversed(),
      });
    }
    if (protocol === headers.id) {
      const page = headers.answer.decode(honest);
      const wrong = tampered(createBlock(page.headers[0] ?? spare.header, spare.body), {
        daaScore: 3,
      }).header;
      return headers.answer.encode({
        ...page,
        isEnd: draw < 0.3,
        headers: [wrong, ...page.headers.slice(1)],
      });
    }
    if (protocol === blocks.id) return blocks.answer.encode({ blocks: [spare] });
    if (protocol !== hello.id) return honest;
    const told = hello.answer.decode(honest);
    const claim = {
      hash: tampered(spare, {}).hash,
      number: told.sink.number + 100,
      blueWork: told.sink.blueWork * 2n,
    };
    return hello.answer.encode({ ...told, sink: claim, tips: [claim.hash, ...told.tips].slice(0, 64) });
  };
}

function isAsFarAs(node: TestNode, all: readonly Block[]): boolean {
  return all.every(({ hash }) => node.chain.exchange.has(hash));
}

it("honest nodes converge to all blocks that one of them has, whatever others do [SYNC-4] [SYNC-8] [SYNC-15]", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2 ** 16 - 1), { minLength: 50, maxLength: 300 }),
      fc.integer({ min: 20, max: 180 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 2, max: 4 }),
      fc.integer({ min: 0, max: 2 }),
      async (draws, blockCount, miners, honestCount, liarCount) => {
        const rng = chanceOf(draws);
        const all = await mineRandomDag(blockCount, miners, rng);
        const internet = new TestInternet(new VirtualTime(TEST_START_MS), 5 + Math.floor(rng() * 100));
        const nodes: TestNode[] = [];
        for (let index = 0; index < honestCount; index++) {
          const known = index === 0 ? all : all.slice(0, Math.floor(rng() * all.length));
          nodes.push(await startTestNode(internet, `honest ${index}`, { blocks: known }));
        }
        const liars: TestNode[] = [];
        for (let index = 0; index < liarCount; index++) {
          const known = all.slice(0, Math.floor(rng() * all.length));
          const liar = await startTestNode(internet, `liar ${index}`, { blocks: known });
          liar.transport.override = lies(rng, all.at(-1)!);
          liars.push(liar);
        }
        for (const [index, node] of nodes.entries()) {
          if (index > 0) await node.connectTo(nodes[Math.floor(rng() * index)]!);
          await node.connectTo(...liars);
        }
        const honest = (node: TestNode) => isAsFarAs(node, all);
        await internet.time.run(600_000, () => nodes.every(honest));
        expect(nodes.map(honest)).toEqual(nodes.map(() => true));
        for (const liar of liars) await liar.stop();
        await internet.time.run(120_000);
        for (const { sync, guard } of nodes) {
          expect(sync.progress()).toBeUndefined();
          expect(sync.queue.orphanCount).toBe(0);
          expect(guard.reports.filter(({ peer }) => peer.startsWith("honest"))).toEqual([]);
        }
        for (const node of nodes) await node.stop();
      },
    ),
    { numRuns: Number(process.env.SYNC_RUNS ?? 6), endOnFailure: true },
  );
});
