import { silentLog, silentMetrics } from "@trellis/base";
import { readShardRecord, type ShardRecord } from "@trellis/contracts";
import { VirtualTime } from "@trellis/kit/time";
import {
  type Certificate,
  devParameters,
  type Hash,
  type NetworkParameters,
  parametersOfShard,
  silentOutbox,
  voteDomainOf,
  withShards,
} from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore } from "@trellis/storage";
import { describe, expect, it } from "vitest";
import { type Chain, createChain } from "../chain/createChain.ts";
import {
  addressOf,
  COIN,
  GENESIS_MS,
  minerAddress,
  type Name,
  recoverSenders,
} from "../chain/testing/testNetwork.ts";
import { verifyStore } from "../integrity/verifyStore.ts";
import { DEFAULT_MEMPOOL_LIMITS } from "../mempool/index.ts";
import { evidenceReporter } from "../shards/evidenceReporter.ts";
import { finalAnchorsOf } from "../shards/finalAnchors.ts";
import { localOutboxes } from "../shards/localOutboxes.ts";
import { sendingTransaction } from "../shards/testing/ShardChains.ts";
import { ProtectedSigner } from "./slashingProtection/ProtectedSigner.ts";
import type { SigningWatermark } from "./slashingProtection/SigningWatermark.ts";
import {
  blsSecretOf,
  contentOf,
  createRealEvm,
  signedVote,
  stakedParameters,
} from "./testing/stakedNetwork.ts";

const BLOCK_MS = 500;
const dev = devParameters({ accounts: [{ address: addressOf("erin"), balance: COIN }] });
const { shards } = withShards(dev, 2);
const networkOf = (validators: readonly Name[], votes = dev.votes) =>
  stakedParameters({
    validators,
    values: { epochLengthBlocks: 20n },
    overrides: { shards: shards!, votes },
  });

/** A node that follows both shards, with a validator. */
class TwoShards {
  readonly #network: NetworkParameters;
  readonly time = new VirtualTime(GENESIS_MS + 60_000, () => this.#settle());
  readonly errors: string[] = [];
  readonly certificates: Certificate[] = [];
  /** In the order in which chains were opened. */
  readonly stores: KeyValueStore[] = [];
  zero!: Chain;
  one!: Chain;
  /** Shard 0's miners leave out cross-links. */
  isSilent = false;
  #nonce = 0n;
  readonly #working = new Set<Promise<unknown>>();

  constructor(network: NetworkParameters) {
    this.#network = network;
  }

  static async open(...validators: readonly Name[]): Promise<TwoShards> {
    return TwoShards.openWith(networkOf(["alice", ...validators]));
  }

  static async openWith(network: NetworkParameters): Promise<TwoShards> {
    const node = new TwoShards(network);
    node.zero = await node.#open(0);
    node.one = await node.#open(1);
    node.zero.view.subscribe(({ kind }) => {
      if (kind === "finalized") node.#do(node.one.anchorsMoved());
    });
    for (const [shard, chain] of [node.zero, node.one].entries()) {
      node.#vote(chain, shard);
      node.#mine(chain);
    }
    return node;
  }

  /** Of shard 1, without validators. */
  rival(): Promise<Chain> {
    return this.#open(1);
  }

  async mine(chain: Chain): Promise<Hash> {
    const request = { miner: minerAddress(0), stream: 0, extra: new Uint8Array(0) };
    const template = await chain.builder.createTemplate(request);
    return chain.builder.importSealed(template, ++this.#nonce);
  }

  /** Newest certificate of shard 1. */
  get certified(): Certificate {
    return this.certificates.at(-1)!;
  }

  /** Of shard 1, in shard 0's final state. */
  get record(): ShardRecord {
    const { view } = this.zero;
    return readShardRecord(view.stateAt(view.finalized().hash), 1);
  }

  #open(shard: number): Promise<Chain> {
    const store = createMemoryStore();
    this.stores.push(store);
    return createChain(
      { parameters: parametersOfShard(this.#network, shard), shard, isArchive: false },
      { limits: DEFAULT_MEMPOOL_LIMITS },
      {
        store,
        evm: createRealEvm(),
        recoverSenders,
        verifySeal: async () => true,
        clock: this.time,
        log: {
          ...silentLog,
          error: (event, facts) => this.errors.push(`${shard}: ${event} ${String(facts?.error ?? "")}`),
          child() {
            return this;
          },
        },
        metrics: silentMetrics,
        ...(shard > 0 && { anchors: finalAnchorsOf(() => this.zero.view) }),
        outboxes: localOutboxes((of) => [this.zero, this.one][of]?.view, shards!.queueMax),
        crossLinks: (record) => (this.isSilent ? [] : this.one.checkpoints!.crossLinksAfter(record)),
        reportEvidence: evidenceReporter(() => this.zero.finality),
      },
    );
  }

  #vote({ finality, view }: Chain, shard: number): void {
    const stored: { record?: SigningWatermark | undefined } = {};
    const log = {
      load: () => stored.record,
      save: async (record: SigningWatermark | undefined) => {
        stored.record = record;
      },
    };
    const certificate = (sent: Certificate): void => {
      if (shard === 1) this.certificates.push(sent);
    };
    const signer = new ProtectedSigner(voteDomainOf(view), blsSecretOf("alice"), log, shard > 0);
    finality.start({ scheduler: this.time, outbox: { ...silentOutbox, certificate }, signers: [signer] });
  }

  #mine(chain: Chain): void {
    this.time.after(BLOCK_MS, () => {
      this.#do(this.mine(chain));
      this.#mine(chain);
    });
  }

  #do(work: Promise<unknown>): void {
    this.#working.add(work);
    work.finally(() => this.#working.delete(work));
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await Promise.all([...this.#working, this.zero?.idle(), this.one?.idle()]);
      for (let step = 0; step < 8; step++) await Promise.resolve();
    }
  }
}

describe("SHARD-16: shard 1 of two", () => {
  it("is certified by shard 0's validators of the anchor's epoch, and final as shard 0 records it", async () => {
    const node = await TwoShards.open();
    const { one, time } = node;
    expect(await time.run(90_000, () => node.certified?.epoch >= 3)).toBe(true);
    expect(new Set(node.certificates.map(({ epoch }) => epoch))).toEqual(new Set([0, 1, 2, 3]));
    const { record } = node;
    expect(record).toMatchObject({ certifiedIn: record.epoch });
    expect(record.height).toBeGreaterThan(5);
    const { hash, header } = one.view.head();
    expect(header.finalized).toBe(one.view.finalized().hash);
    const ofFinal = node.certificates.find(({ value }) => value === header.finalized)!;
    expect(ofFinal.height).toBeGreaterThan(3);
    expect(one.finality.status().lagBlocks).toBeLessThan(20);

    const { checkpoint } = one.checkpoints!;
    expect(checkpoint()).toMatchObject({ height: node.certified.height, hash: node.certified.value });
    const rival = await node.rival();
    for (let number = 0; number < header.number + 10; number++) {
      const block = rival.view.block(await node.mine(rival))!;
      await one.importBlock(block);
    }
    expect(rival.view.head().header.blueWork).toBeGreaterThan(header.blueWork);
    expect(one.view.head().hash).toBe(hash);
    expect(node.errors).toEqual([]);
  });

  it("forks without a certified block are not selected, before shard 0 has recorded it", async () => {
    const node = await TwoShards.open();
    const { one, time } = node;
    node.isSilent = true;
    expect(await time.run(60_000, () => node.certified?.height >= 3)).toBe(true);
    const rival = await node.rival();
    const { hash, header } = one.view.head();
    for (let number = 0; number < header.number + 10; number++)
      await one.importBlock(rival.view.block(await node.mine(rival))!);
    expect(rival.view.head().header.blueWork).toBeGreaterThan(header.blueWork);
    expect(one.view.finalized().header.number).toBe(0);
    expect(one.view.head().hash).toBe(hash);
    expect(verifyStore(node.stores[1]!).problems).toEqual([]);
    expect(node.errors).toEqual([]);
  });

  it("FINAL-18: finality is not on time on a node that lacks the recorded block", async () => {
    const node = await TwoShards.open();
    expect(await node.time.run(60_000, () => node.record.height >= 3)).toBe(true);
    const rival = await node.rival();
    const isFinalizing = () => [node.one, rival].map(({ finality }) => finality.status().isFinalizing);
    expect(isFinalizing()).toEqual([true, true]);
    await node.time.run(60_000);
    expect(isFinalizing()).toEqual([true, false]);
  });

  it("SHARD-15.3: certificates of a replaced set are void, and the next set votes on their heights", async () => {
    const node = await TwoShards.open();
    const { one, time } = node;
    expect(await time.run(60_000, () => node.record.height >= 3)).toBe(true);
    node.isSilent = true;
    const { epoch } = node.record;
    expect(await time.run(90_000, () => node.record.epoch > epoch + 1)).toBe(true);
    const { record } = node;
    const next = record.height + 1;
    const isAt = ({ height, epoch: of }: Certificate) => height === next && of === node.record.epoch;
    expect(node.certificates.some(({ height }) => height > next)).toBe(true);
    expect(await time.run(60_000, () => node.certificates.some(isAt))).toBe(true);
    node.isSilent = false;
    expect(await time.run(90_000, () => node.record.height > next)).toBe(true);
    expect(one.finality.certificate(next)!.epoch).toBeGreaterThan(epoch);
    expect(await time.run(60_000, () => one.view.finalized().hash === node.record.hash)).toBe(true);
    expect(node.errors).toEqual([]);
  });

  it("SHARD-16.1: evidence of shard 1 is carried by shard 0, and slashes there", async () => {
    const node = await TwoShards.open("bob");
    const { zero, one, time } = node;
    await time.run(2_000);
    const validator = contentOf("bob", ["alice", "bob"]);
    const voteFor = (value: Hash) => {
      const domain = voteDomainOf(one.view);
      const ballot = { epoch: 0, height: 1, round: 0, step: "prevote" as const };
      const signed = signedVote(domain, "bob", ballot, value);
      return { ...signed, message: { ...signed.message, validator } };
    };
    one.finality.receiveEvidence({
      first: voteFor(one.view.genesisHash),
      second: voteFor(zero.view.genesisHash),
    });
    expect(zero.finality.equivocations()).toBe(1);
    const carried = () =>
      zero.view.dagRange(1, 1_000, 1_000).flatMap(({ hash }) => zero.view.block(hash)!.body.evidence);
    expect(await time.run(5_000, () => carried().length > 0)).toBe(true);
    expect(carried()[0]).toMatchObject({ shard: 1 });
    await time.run(2_000);
    expect(carried()).toHaveLength(1);
    expect(node.errors).toEqual([]);
  });
});

describe("SHARD-27: with 10 blocks between checkpoints", () => {
  const network = networkOf(["alice"], { ...dev.votes, depth: 10, interval: 10 });
  const certifiedScores = ({ certificates, one }: TwoShards): number[] =>
    certificates.map(({ value }) => one.view.header(value)!.blueScore);

  it("SHARD-27.1: an idle chain has no others, and waits for no depth", async () => {
    const node = await TwoShards.openWith(network);
    await node.time.run(23 * BLOCK_MS);
    expect(certifiedScores(node)).toEqual([10, 20]);
  });

  it("SHARD-27.2: a message is delivered after four intervals, because it makes checkpoints due", async () => {
    const node = await TwoShards.openWith(network);
    const { zero, one, time } = node;
    await time.run(12.5 * BLOCK_MS);
    const { chainId } = one.view.parameters;
    const sending = { to: minerAddress(5), value: 7n };
    const message = sendingTransaction({ chainId, nonce: 0, destination: 0, sending });
    await one.intake.submit(message.encoded, { isLocal: true });
    const balance = () => zero.view.stateAt(zero.view.head().hash).account(sending.to)?.balance;
    expect(await time.run(20 * BLOCK_MS, () => balance() === 7n)).toBe(true);
    const sent = one.view.header(one.view.executorsOf(message.hash)[0]!)!.number;
    expect(sent).toBe(13);
    expect(certifiedScores(node)).toEqual([10, sent]);
    expect(zero.view.head().header.number - sent).toBeLessThanOrEqual(4);
    expect(node.errors).toEqual([]);
  });
});
