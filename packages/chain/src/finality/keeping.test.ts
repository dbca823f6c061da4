import { bytesToHex, silentLog, silentMetrics } from "@trellis/base";
import {
  type Certificate,
  createGenesis,
  type Evidence,
  headerHash,
  silentOutbox,
  voteDomainOf,
  ZERO_HASH,
} from "@trellis/protocol";
import { createMemoryStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { openChain } from "../chain/openChain.ts";
import { createTestChain, type TestChain } from "../chain/testing/testChain.ts";
import { minerAddress, type Name, recoverSenders } from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { openChainTables } from "../store/tables.ts";
import { SetChanges } from "./certificates/SetChanges.ts";
import { certificateBy, createRealEvm, signedVote, stakedParameters } from "./testing/stakedNetwork.ts";
import { ValidatorNetwork, type ValidatorNode } from "./testing/ValidatorNetwork.ts";

const NEVER = { after: () => ({ cancel() {} }) };

describe("FINAL-19, FINAL-24: certificates", () => {
  it("of pruned blocks are deleted except for the last of each epoch; an archive keeps all", async () => {
    const overrides = {
      ghostdagK: 3,
      mergesetMax: 8,
      mergeDepth: 12,
      finalityDepth: 10,
      pruningDepth: 150,
      difficultyWindow: { size: 6, sampleRate: 1, sizeMin: 4 },
      medianTimeWindow: { size: 11, sampleRate: 1 },
    };
    const values = { epochLengthBlocks: 15n };
    const parameters = stakedParameters({ validators: ["alice"], values, overrides });
    const network = await ValidatorNetwork.open(parameters, ["alice"]);
    const archive = await network.add(undefined, true);
    const [node] = network.nodes as [ValidatorNode];
    const { chain } = node;
    expect(await network.time.run(300_000, () => chain.view.oldestNumber() > 50)).toBe(true);
    await network.time.run(5_000);
    const stored = ({ store }: ValidatorNode): readonly Certificate[] =>
      [...openChainTables(store).certificates.range({})].map(([, certificate]) => certificate);
    const all = stored(archive);
    expect(all.map(({ height }) => height)).toEqual(all.map((_, index) => index + 1));
    const kept = new Set(stored(node).map(({ height }) => height));
    const isHere = ({ value }: Certificate) => chain.exchange.has(value);
    const gone = all.filter(({ height }) => !kept.has(height));
    expect(gone.length).toBeGreaterThan(20);
    expect(gone.filter(isHere)).toEqual([]);
    const ends = all.filter(({ epoch }, index) => epoch < (all[index + 1]?.epoch ?? epoch));
    expect(ends.length).toBeGreaterThan(3);
    expect(ends.filter(({ height }) => !kept.has(height))).toEqual([]);
    const old = stored(node).filter((certificate) => !isHere(certificate));
    expect(old.map(({ height }) => height)).toEqual(ends.map(({ height }) => height).slice(0, old.length));
    const proofs = [node, archive].map(({ chain: { finality } }) => finality.proof(0, 100));
    const { changes, newest } = proofs[0]!;
    expect(proofs[1]!.changes).toEqual(changes);
    expect(changes.map(({ epoch }) => epoch)).toEqual(ends.map((_, index) => index + 1));
    for (const [index, { header, certificate, nodes }] of changes.entries()) {
      expect(headerHash(header)).toBe(certificate.value);
      expect(certificate.height).toBe(ends[index]!.height);
      expect(new Set(nodes.map(bytesToHex)).size).toBe(nodes.length);
    }
    expect(newest!.certificate).toEqual(chain.finality.certificate(network.finalOf(node).height));
    expect(chain.finality.proof(0, 2)).toEqual({ changes: changes.slice(0, 2), newest: undefined });
    await network.begin(node);
    expect(node.chain.finality.proof(0, 2).changes).toEqual(changes.slice(0, 2));
    const { length } = stored(node);
    await network.time.run(20_000);
    expect(stored(node).length).toBeLessThan(length + 20);
    for (const each of network.nodes) expect(verifyStore(each.store).problems).toEqual([]);
  });
});

it("FINAL-24: a proof ends with the newest checkpoint, also if the next set has not certified one", async () => {
  const parameters = stakedParameters({ validators: ["alice"], values: { epochLengthBlocks: 5n } });
  const network = await ValidatorNetwork.open(parameters, ["alice"]);
  const [{ chain }] = network.nodes as [ValidatorNode];
  const { finality } = chain;
  const isBetweenSets = (): boolean => {
    const { epoch, finalized } = finality.status();
    return epoch > 1 && finality.certificate(finalized.height)!.epoch < epoch;
  };
  expect(await network.time.run(300_000, isBetweenSets)).toBe(true);
  const { epoch, finalized } = finality.status();
  const { changes } = finality.proof(0, 100);
  expect(changes.at(-1)).toMatchObject({ epoch, certificate: { height: finalized.height } });
  for (const known of [0, epoch - 1, epoch])
    expect(finality.proof(known, 100).newest?.certificate.height).toBe(finalized.height);
  expect(finality.proof(epoch + 1, 100)).toEqual({ changes: [], newest: undefined });
});

describe("FINAL-5: evidence", () => {
  const parameters = stakedParameters();

  async function open(store?: TestChain["store"], told: Evidence[] = []): Promise<TestChain> {
    const chain = await createTestChain({
      parameters,
      ports: { evm: createRealEvm() },
      ...(store === undefined ? {} : { store }),
    });
    const outbox = { ...silentOutbox, evidence: (evidence: Evidence) => void told.push(evidence) };
    chain.finality.start({ outbox, scheduler: NEVER });
    return chain;
  }

  function evidenceAgainst(name: Name, chain: TestChain): Evidence {
    const domain = voteDomainOf(chain.view);
    const ballot = { epoch: 0, height: 1, round: 0, step: "prevote" } as const;
    const vote = (value: `0x${string}` | undefined) => signedVote(domain, name, ballot, value);
    return { first: vote(chain.view.genesisHash), second: vote(undefined) };
  }

  const carried = async (chain: TestChain): Promise<readonly Evidence[]> => {
    const request = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
    return (await chain.builder.createTemplate(request)).body.evidence;
  };

  it("submitted by a client is published once, and refused if it proves nothing", async () => {
    const told: Evidence[] = [];
    const chain = await open(undefined, told);
    const evidence = evidenceAgainst("dave", chain);
    chain.finality.submitEvidence(evidence);
    expect(told).toEqual([evidence]);
    expect(() => chain.finality.submitEvidence(evidence)).toThrow(
      expect.objectContaining({
        code: "VOTE_UNTIMELY",
        facts: expect.objectContaining({ reason: "known already" }),
      }),
    );
    const forged = { ...evidenceAgainst("bob", chain), second: evidence.second };
    expect(() => chain.finality.submitEvidence(forged)).toThrow();
    expect(told).toHaveLength(1);
  });

  it("waits over a restart until its effect is final", async () => {
    const chain = await open();
    const against = (["carol", "dave"] as const).map((name) => evidenceAgainst(name, chain));
    for (const evidence of against) chain.finality.receiveEvidence(evidence);
    await chain.idle();
    const again = await open(chain.store);
    expect(new Set(await carried(again))).toEqual(new Set(against));
    expect(verifyStore(chain.store).problems).toEqual([]);
    const network = await ValidatorNetwork.open(parameters, ["alice", "bob", "carol"]);
    const [node] = network.nodes as [ValidatorNode];
    node.chain.finality.submitEvidence(evidenceAgainst("dave", again));
    const waiting = () => [...openChainTables(node.store).evidence.range({})].length;
    await node.chain.idle();
    expect(waiting()).toBe(1);
    expect(await network.time.run(20_000, () => waiting() === 0)).toBe(true);
    expect(network.mined.flatMap(({ body }) => body.evidence)).not.toEqual([]);
  });
});

describe("FINAL-24: proofs of changes of the set", () => {
  it("are kept as long as unbonding can take, and by an archive permanently", async () => {
    for (const isArchive of [false, true]) {
      const parameters = stakedParameters();
      const ports = { store: createMemoryStore(), evm: createRealEvm(), recoverSenders };
      const system = { clock: { nowMs: () => 0 }, log: silentLog, metrics: silentMetrics };
      const { genesisHash, ...opened } = await openChain(
        { parameters, shard: 0, isArchive },
        { ...ports, ...system, verifySeal: async () => true },
      );
      const { header } = createGenesis(parameters, ZERO_HASH);
      const domain = { chainId: parameters.chainId, genesisHash };
      const certificate = certificateBy(domain, ["alice", "bob", "carol"], { height: 1 }, genesisHash);
      const { setChanges } = opened.tables;
      const batch = new ChainBatch();
      for (const epoch of [1, 33, 34])
        batch.put(setChanges, epoch, { epoch, header, certificate, nodes: [] });
      await batch.commit(opened.store);
      const later = Object.create(opened.epochs, {
        epochAfter: { value: () => 100 },
      }) as typeof opened.epochs;
      const next = new ChainBatch();
      new SetChanges(isArchive, { ...opened, epochs: later }).add(next, [certificate]);
      await next.commit(opened.store);
      const kept = [...setChanges.range({})].map(([epoch]) => epoch);
      expect(kept).toEqual(isArchive ? [1, 33, 34, 100] : [34, 100]);
    }
  });
});

describe("stopped vote", () => {
  it("accepts nothing more, so that nothing reads the store when it closes", async () => {
    const chain = await createTestChain({ parameters: stakedParameters(), ports: { evm: createRealEvm() } });
    const domain = voteDomainOf(chain.view);
    let running = 0;
    const scheduler = {
      after() {
        running++;
        let isRunning = true;
        const cancel = () => {
          if (isRunning) running--;
          isRunning = false;
        };
        return { cancel };
      },
    };
    chain.finality.start({ outbox: silentOutbox, scheduler });
    const ballot = { epoch: 0, height: 1, round: 0, step: "prevote" } as const;
    const vote = (name: Name) => signedVote(domain, name, ballot, chain.view.genesisHash);
    expect(await chain.finality.receiveVotes([vote("alice")])).toEqual([undefined]);
    expect(running).toBeGreaterThan(0);
    chain.finality.stop();
    expect(running).toBe(0);
    for (const name of ["bob", "carol", "dave"] as const) {
      const outcomes = await chain.finality.receiveVotes([vote(name)]);
      expect(outcomes).toEqual([expect.objectContaining({ code: "VOTE_HEIGHT_AHEAD" })]);
    }
    const request = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
    await chain.builder.importSealed(await chain.builder.createTemplate(request), 1n);
    expect(running).toBe(0);
  });
});
