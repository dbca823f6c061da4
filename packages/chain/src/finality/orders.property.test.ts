import { isTrellisError } from "@trellis/base";
import { seededRandom } from "@trellis/kit";
import type { Block, Certificate, Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { TestBlockBuilder } from "../chain/testing/TestBlockBuilder.ts";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { minerAddress } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { certificateBy, createRealEvm, stakedParameters } from "./testing/stakedNetwork.ts";

const parameters = stakedParameters({ values: { epochLengthBlocks: 1_000n } });
const MUTE = {
  proposal() {},
  vote() {},
  certificate() {},
  evidence() {},
  heartbeat() {},
  requestCertificates() {},
};
const NEVER = { after: () => ({ cancel() {} }) };
const BLOCKS = 60;

interface Scenario {
  readonly blocks: readonly Block[];
  readonly certificates: readonly Certificate[];
}

async function createScenario(random: () => number): Promise<Scenario> {
  const builder = await TestBlockBuilder.open(parameters, createRealEvm());
  const { dag } = builder;
  const pick = (below: number): number => Math.floor(random() * below);
  const certificates: Certificate[] = [];
  let final: Hash = builder.genesis.hash;
  const domain = { chainId: parameters.chainId, genesisHash: final };
  const tips = (): Hash[] => dag.tips().filter((tip) => dag.isChainAncestor(final, tip));
  while (builder.blocks.length <= BLOCKS) {
    const recent = builder.blocks.slice(-5).map(({ hash }) => hash);
    const root = random() < 0.3 ? recent[pick(recent.length)]! : tips()[0]!;
    const others = dag.tips().filter(() => random() < 0.6);
    await builder.mine({
      parents: dag.virtualParents(root, others),
      miner: minerAddress(pick(4)),
      certificates: certificates.slice(-2).filter(() => random() < 0.4),
    });
    const value = dag.chainBlockAtDepth(tips()[0]!, 2);
    if (random() < 0.2 && value !== final && dag.isChainAncestor(final, value)) {
      final = value;
      const signers = (["alice", "bob", "carol", "dave"] as const).slice(random() < 0.5 ? 0 : 1);
      const height = certificates.length + 1;
      certificates.push(certificateBy(domain, signers, { height }, final));
    }
  }
  return { blocks: builder.blocks.slice(1), certificates };
}

async function replay({ blocks, certificates }: Scenario, random: () => number): Promise<TestChain> {
  const inParts = random() < 0.5 ? { changesPerMove: 1 } : {};
  const chain = await createTestChain({ parameters, ports: { evm: createRealEvm() }, ...inParts });
  chain.finality.start({ outbox: MUTE, scheduler: NEVER });
  const left = [...blocks];
  const unpublished = [...certificates];
  while (left.length + unpublished.length > 0) {
    if (left.length === 0 || random() < 0.1) {
      const [certificate] = unpublished.splice(Math.floor(random() * unpublished.length), 1);
      if (certificate !== undefined) receive(chain, certificate);
      await chain.idle();
      continue;
    }
    const ready = left.filter(({ header }) => header.parents.every((parent) => chain.exchange.has(parent)));
    const run = ready.slice(Math.floor(random() * ready.length)).slice(0, 3);
    await chain.exchange.importBlocks(run);
    for (const block of run) left.splice(left.indexOf(block), 1);
  }
  await chain.idle();
  return chain;
}

function receive(chain: TestChain, certificate: Certificate): void {
  try {
    chain.finality.receiveCertificate(certificate);
  } catch (error) {
    if (!isTrellisError(error, "VOTE_UNTIMELY")) throw error;
    expect(error.facts.reason).toBe("height is already final");
  }
}

it("FINAL-15: nodes end with the same chain and final block for any order of blocks and certificates", async () => {
  let certified = 0;
  for (let seed = 0; seed < 12; seed++) {
    const random = seededRandom(seed);
    const scenario = await createScenario(random);
    const last = scenario.certificates.at(-1);
    certified += scenario.certificates.length;
    const heard: TestChain[] = [];
    for (let order = 0; order < 4; order++) heard.push(await replay(scenario, random));
    for (const chain of heard) {
      const { view } = chain;
      expect([seed, chain.failure()]).toEqual([seed, undefined]);
      expect([seed, view.finalized().hash]).toEqual([seed, last?.value ?? view.genesisHash]);
      expect([seed, chain.finality.status().finalized.height]).toEqual([seed, scenario.certificates.length]);
      expect([seed, view.head()]).toEqual([seed, heard[0]!.view.head()]);
      expect([seed, verifyStore(chain.store).problems]).toEqual([seed, []]);
    }
  }
  expect(certified).toBeGreaterThan(40);
});
