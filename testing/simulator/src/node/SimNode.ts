import type { Log, LogFacts } from "@trellis/base";
import {
  type Chain,
  type CrossLinkSource,
  createChain,
  DEFAULT_MEMPOOL_LIMITS,
  type FinalAnchors,
  type Outboxes,
  type ReportEvidence,
  type SigningPosition,
} from "@trellis/chain";
import { MemoryPeerBookStore, type Network } from "@trellis/network";
import {
  type BlockBuilder,
  type Certificate,
  type FinalityIntake,
  type FinalityOutbox,
  type Hash,
  type NetworkParameters,
  type OutboxExchange,
  silentOutbox,
  type Vote,
  type VoteBundle,
  type VoteOutcomes,
  voteDomainOf,
} from "@trellis/protocol";
import type { ByzantineBehaviour } from "../byzantine/ByzantineBehaviour.ts";
import type { ByzantineValidator } from "../byzantine/ByzantineValidator.ts";
import { SimDisk } from "../disk/SimDisk.ts";
import { SimJournal } from "../disk/SimJournal.ts";
import { observeOthers } from "../faults/observeOthers.ts";
import { ANY_VOTE, type Plant, withMintedCoin, withoutLies, withWrongK } from "../faults/plants.ts";
import { createSimResolver } from "../internet/createSimResolver.ts";
import { nodeOf, type SimInternet, SimTransport } from "../internet/SimTransport.ts";
import { SimVoteLog } from "../votes/SimVoteLog.ts";
import { RecklessSigner, WitnessedSigner } from "../votes/WitnessedSigner.ts";
import { type ClockError, NodeTime } from "../world/NodeTime.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import type { World } from "../world/World.ts";
import { Gauges } from "./Gauges.ts";
import { minerAddress } from "./SimNetwork.ts";
import { recoverOnce, type SealWork, sharedEvm, sharedVoteKey, sharedVoteSignatures } from "./sharedWork.ts";
import { startNetwork } from "./startNetwork.ts";

export const POOL_LIMITS = {
  ...DEFAULT_MEMPOOL_LIMITS,
  countMax: 400,
  bytesMax: 256 * 1024,
  senderCountMax: 100,
  senderBytesMax: 160 * 1024,
  senderQueuedMax: 40,
  nonceAheadMax: 140,
};

export interface NodeWitness {
  opened(node: SimNode, chain: Chain): void;
  mined(hash: Hash): void;
  reported(node: SimNode, peer: number, offence: string, facts: string): void;
  banned(node: SimNode, peer: number, reason: string): void;
  signed(node: SimNode, position: SigningPosition): void;
  /** Called for counted votes and detected equivocations. */
  heard(node: SimNode, vote: Vote): void;
  certified(node: SimNode, certificate: Certificate): void;
  broken(node: SimNode, what: string, error: unknown): void;
}

interface SimNodeOptions {
  readonly index: number;
  /** Default 0; `parameters` are those of its chain. */
  readonly shard?: number;
  /** Of the same machine, only for other shards. */
  readonly anchors?: FinalAnchors | undefined;
  readonly outboxes?: Outboxes;
  /** In shard 0, with peers. */
  readonly exchange?: OutboxExchange | undefined;
  /** In shard 0, of the other shards of the same machine. */
  readonly crossLinks?: CrossLinkSource;
  readonly reportEvidence?: ReportEvidence;
  readonly parameters: NetworkParameters;
  readonly hasDurableDisk: boolean;
  readonly isArchive: boolean;
  readonly workMs: number;
  readonly bootstrap: readonly string[];
  /** Of the seed name. */
  readonly seeds: readonly string[];
  readonly outboundTarget: number;
  readonly plant?: Plant | undefined;
  readonly behaviour?: ByzantineBehaviour | undefined;
  readonly vote?: SimVote | undefined;
}

interface SimVote {
  /** BLS key of 32 bytes. Undefined for an observer. */
  readonly secret: Uint8Array | undefined;
  readonly liar: ByzantineValidator | undefined;
}

interface Life {
  readonly time: NodeTime;
  readonly transport: SimTransport;
  readonly gauges: Gauges;
  chain: Chain | undefined;
  network: Network | undefined;
}

const STOP_MS_MAX = 10_000;
const STREAMS_EXTRA = new Uint8Array(0);
const STATE_SPACING = 3;

export class SimNode {
  readonly index: number;
  readonly disk: SimDisk;
  readonly clock: ClockError;
  readonly #options: SimNodeOptions;
  readonly #world: World;
  readonly #internet: SimInternet;
  readonly #work: SealWork;
  readonly #witness: NodeWitness;
  readonly #journal: SimJournal;
  readonly votes: SimVoteLog;
  readonly #rng: RandomStream;
  readonly #names: RandomStream;
  readonly #peerBook = new MemoryPeerBookStore();
  #life: Life | undefined;
  crashCount = 0;
  checkpoint: Hash | undefined;

  constructor(
    options: SimNodeOptions,
    clock: ClockError,
    ports: {
      readonly world: World;
      readonly internet: SimInternet;
      readonly work: SealWork;
      readonly witness: NodeWitness;
    },
  ) {
    this.index = options.index;
    this.clock = clock;
    this.#options = options;
    this.#world = ports.world;
    this.#internet = ports.internet;
    this.#work = ports.work;
    this.#witness = ports.witness;
    this.#rng = ports.world.random(`node ${options.index}`);
    this.#names = ports.world.random(`names ${options.index}`);
    this.disk = new SimDisk(ports.world, options.index, {
      isDurable: options.hasDurableDisk,
      isTorn: options.plant === "torn disk",
    });
    this.#journal = new SimJournal(ports.world.random(`journal ${options.index}`));
    this.votes = new SimVoteLog(ports.world.random(`vote log ${options.index}`), this.disk.conditions);
  }

  get chain(): Chain | undefined {
    return this.#life?.chain;
  }

  get transport(): SimTransport | undefined {
    return this.#life?.transport;
  }

  get network(): Life["network"] {
    return this.#life?.network;
  }

  get isArchive(): boolean {
    return this.#options.isArchive;
  }

  get gauges(): ReadonlyMap<string, number> {
    return this.#life?.gauges.values() ?? new Map();
  }

  get isUp(): boolean {
    return this.#life?.network !== undefined;
  }

  get isDown(): boolean {
    return this.#life === undefined;
  }

  start(): void {
    if (this.#life !== undefined) return;
    const { parameters } = this.#options;
    const time = new NodeTime(this.#world, this.index, parameters.genesis.timestampMs + 1_000, this.clock);
    const life: Life = {
      time,
      transport: new SimTransport(this.#internet, this.index, time, this.#options.behaviour),
      gauges: new Gauges(),
      chain: undefined,
      network: undefined,
    };
    this.#life = life;
    this.#open(life).catch((error: unknown) => {
      if (!time.isOver) this.#witness.broken(this, "a node does not start", error);
    });
  }

  async stop(): Promise<void> {
    const life = this.#life;
    if (life?.chain === undefined || life.network === undefined) return;
    this.#world.note(this.index, "stops");
    const late = this.#world.schedule(STOP_MS_MAX, this.index, "does not stop", () => {
      // A node that is killed while stopping never finishes.
      if (!life.time.isOver) this.#witness.broken(this, "a node does not stop", undefined);
    });
    life.chain.finality.stop();
    await life.network.stop();
    await life.chain.idle();
    late.cancel();
    if (life.time.isOver) return;
    this.#world.note(this.index, "has stopped");
    await this.#end(life, false);
  }

  async crash(isPowerLoss: boolean): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#world.note(this.index, isPowerLoss ? "loses power" : "is killed");
    this.crashCount++;
    await this.#end(life, isPowerLoss);
  }

  async #end(life: Life, isPowerLoss: boolean): Promise<void> {
    this.#life = undefined;
    life.time.end();
    life.transport.die(isPowerLoss);
    await this.disk.crash(isPowerLoss);
    this.#journal.crash(isPowerLoss);
    this.votes.crash(isPowerLoss);
  }

  async mine(stream: number): Promise<Hash | undefined> {
    const builder = this.builder();
    const template = await builder?.createTemplate({
      miner: minerAddress(this.index),
      stream,
      extra: STREAMS_EXTRA,
    });
    if (builder === undefined || template === undefined) return undefined;
    return builder.importSealed(template, this.#work.search(template.header, BigInt(this.#rng.uint32())));
  }

  /** Undefined while the node is down or has no state. */
  builder(): BlockBuilder | undefined {
    const life = this.#life;
    if (life?.chain === undefined || life.network === undefined) return undefined;
    const { builder, states, view } = life.chain;
    const isWithoutState = this.checkpoint !== undefined && view.head().header.number === 0;
    if (isWithoutState || states.currentImport() !== undefined) return undefined;
    return {
      createTemplate: (request) => builder.createTemplate(request),
      importSealed: async (template, nonce) => {
        const hash = await builder.importSealed(template, nonce);
        this.#witness.mined(hash);
        return hash;
      },
    };
  }

  async #open(life: Life): Promise<void> {
    const { workMs, plant, shard = 0 } = this.#options;
    const parameters = plant === "wrong k" ? withWrongK(this.#options.parameters) : this.#options.parameters;
    const { time, transport } = life;
    const later = <T>(value: T): Promise<T> =>
      workMs === 0
        ? Promise.resolve(value)
        : time.wait(this.#rng.between(0, workMs), "work").then(() => value);
    const chain = await createChain(
      { parameters, shard, isArchive: this.#options.isArchive, stateSpacing: STATE_SPACING },
      { limits: POOL_LIMITS, journal: this.#journal },
      {
        store: this.disk.open(time),
        evm: plant === "minted coin" ? withMintedCoin(sharedEvm) : sharedEvm,
        recoverSenders: (transactions) => later(recoverOnce(transactions)),
        verifySeal: (header) => later(plant === "any seal" || this.#work.verify(header)),
        voteSignatures: plant === "any vote" ? ANY_VOTE : sharedVoteSignatures,
        clock: time,
        log: this.#log(""),
        metrics: life.gauges,
        anchors: this.#options.anchors,
        outboxes: this.#options.outboxes,
        crossLinks: this.#options.crossLinks,
        reportEvidence: this.#options.reportEvidence,
      },
    );
    this.#witness.opened(this, chain);
    life.chain = chain;
    const checkpoint = this.checkpoint === undefined ? {} : { checkpoint: this.checkpoint };
    const { vote, bootstrap, seeds, outboundTarget, exchange } = this.#options;
    const votes = vote === undefined ? {} : { voteIntake: this.#intake(chain, vote) };
    life.network = await startNetwork(
      chain,
      { shard, bootstrap, outboundTarget, exchange, ...checkpoint, ...votes },
      {
        time,
        transport,
        resolver: createSimResolver(seeds, { time, random: this.#names }),
        random: this.#rng,
        log: this.#log("network"),
        metrics: life.gauges,
        peerBook: this.#peerBook,
      },
    );
    if (vote !== undefined) this.#startVote(life, chain, life.network, vote);
    this.#world.note(this.index, "is up");
  }

  #startVote({ time }: Life, chain: Chain, network: Network, { secret, liar }: SimVote): void {
    const { finality, view } = chain;
    const outbox = liar?.outbox(this, network.voteOutbox) ?? this.#outbox(network.voteOutbox);
    const log = this.votes.open(time);
    const Signer = liar === undefined ? WitnessedSigner : RecklessSigner;
    const signed = (position: SigningPosition): void => this.#witness.signed(this, position);
    const domain = voteDomainOf(view);
    const isByEpoch = view.head().header.shard > 0;
    const signers =
      secret === undefined ? [] : [new Signer(domain, sharedVoteKey(secret), log, { isByEpoch, signed })];
    finality.start({ outbox, scheduler: time, signers });
    if (this.#options.plant === "others always heard") observeOthers(chain, time);
  }

  #outbox(outbox: FinalityOutbox): FinalityOutbox {
    if (this.#options.plant === "votes never sent") return silentOutbox;
    return {
      vote: (vote) => outbox.vote(vote),
      proposal: (proposal) => outbox.proposal(proposal),
      certificate: (certificate) => {
        this.#witness.certified(this, certificate);
        outbox.certificate(certificate);
      },
      evidence: (evidence) => outbox.evidence(evidence),
      heartbeat: (heartbeat) => outbox.heartbeat(heartbeat),
      requestCertificates: (height) => outbox.requestCertificates(height),
    };
  }

  #intake({ finality }: Chain, { liar }: SimVote): FinalityIntake {
    if (liar !== undefined) return liar.intake(finality);
    const intake: FinalityIntake = {
      receiveVotes: (votes) => finality.receiveVotes(votes),
      receiveProposal: (proposal) => finality.receiveProposal(proposal),
      receiveCertificate: (certificate) => {
        finality.receiveCertificate(certificate);
        this.#witness.certified(this, certificate);
      },
      receiveEvidence: (evidence) => finality.receiveEvidence(evidence),
      receiveHeartbeat: (heartbeat) => finality.receiveHeartbeat(heartbeat),
      receiveFinal: (number) => finality.receiveFinal(number),
      certificatesFrom: (height, countMax) => finality.certificatesFrom(height, countMax),
    };
    const heard = this.#options.plant === "lies unheard" ? withoutLies(intake) : intake;
    return { ...heard, receiveVotes: (votes) => this.#receiveVotes(heard, votes) };
  }

  async #receiveVotes(intake: FinalityIntake, votes: VoteBundle): Promise<VoteOutcomes> {
    const outcomes = await intake.receiveVotes(votes);
    for (const [at, { message }] of votes.entries()) {
      const error = outcomes[at];
      if (error === undefined || error.code === "VOTE_CONFLICTING") this.#witness.heard(this, message);
    }
    return outcomes;
  }

  /** A logged error is a failure, unless a fault caused it. */
  #log(module: string): Log {
    const note =
      (level: string) =>
      (event: string, facts: LogFacts = {}) => {
        this.#world.note(this.index, `${level} ${module}: ${event}`, factsOf(facts));
        this.#tellWitness(event, facts);
        if (level === "error") this.#witness.broken(this, `an error is logged: ${event}`, facts.error);
      };
    return {
      debug: note("debug"),
      info: note("info"),
      warn: note("warn"),
      error: note("error"),
      child: (name) => this.#log(name),
    };
  }

  /** Peer management is observable only in the log. */
  #tellWitness(event: string, { peer, offence, kind, target, reason, ...others }: LogFacts): void {
    if (event === "peer.penalised") {
      this.#witness.reported(this, nodeOf(String(peer)), String(offence), factsOf(others));
    }
    if (event === "peer.banned" && kind === "peer")
      this.#witness.banned(this, nodeOf(String(target)), String(reason));
  }
}

function factsOf(facts: LogFacts): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${name} ${fact instanceof Error ? fact.message : String(fact)}`)
    .join(", ");
}
