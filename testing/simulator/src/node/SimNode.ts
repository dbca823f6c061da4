import type { Log, LogFacts } from "@trellis/base";
import { type Chain, createChain, DEFAULT_MEMPOOL_LIMITS, type SignedPlace } from "@trellis/chain";
import { MemoryPeerBookStore, type Network } from "@trellis/network";
import {
  type Certificate,
  type FinalityIntake,
  type FinalityOutbox,
  type Hash,
  type NetworkParameters,
  silentOutbox,
} from "@trellis/protocol";
import type { Manners } from "../byzantine/Manners.ts";
import type { VoteLiar } from "../byzantine/VoteLiar.ts";
import { SimDisk } from "../disk/SimDisk.ts";
import { SimJournal } from "../disk/SimJournal.ts";
import { ANY_VOTE, type Plant, withMintedCoin, withoutLies, withWrongK } from "../faults/plants.ts";
import type { Internet } from "../internet/Internet.ts";
import { nodeOf, SimTransport } from "../internet/SimTransport.ts";
import { SimVoteLog } from "../votes/SimVoteLog.ts";
import { RecklessSigner, WitnessedSigner } from "../votes/WitnessedSigner.ts";
import { type ClockError, NodeTime } from "../world/NodeTime.ts";
import type { RandomStream } from "../world/RandomStream.ts";
import type { World } from "../world/World.ts";
import { Gauges } from "./Gauges.ts";
import { minerAddress } from "./SimNetwork.ts";
import { recoverOnce, type SealWork, sharedEvm, sharedVoteSignatures } from "./sharedWork.ts";
import { startNetwork } from "./startNetwork.ts";

/** A node's pool is small, so that its limits are met. */
export const POOL_LIMITS = {
  ...DEFAULT_MEMPOOL_LIMITS,
  countMax: 400,
  bytesMax: 256 * 1024,
  senderCountMax: 100,
  senderBytesMax: 160 * 1024,
  senderQueuedMax: 40,
  nonceAheadMax: 140,
};

/** What a node tells the checks. */
export interface NodeWitness {
  opened(node: SimNode, chain: Chain): void;
  mined(hash: Hash): void;
  /** A node holds something against a peer. */
  reported(node: SimNode, peer: number, offence: string, facts: string): void;
  banned(node: SimNode, peer: number, reason: string): void;
  /** A validator's key signed something. */
  signed(node: SimNode, place: SignedPlace): void;
  /** A node holds a certificate to be true. */
  certified(node: SimNode, certificate: Certificate): void;
  /** Something that must not happen to an honest node. */
  broken(node: SimNode, what: string, error: unknown): void;
}

export interface SimNodeOptions {
  readonly index: number;
  readonly parameters: NetworkParameters;
  readonly hasDurableDisk: boolean;
  readonly isArchive: boolean;
  /** Seals and signatures are checked elsewhere and answered up to this much later. ms */
  readonly workMs: number;
  readonly bootstrap: readonly string[];
  readonly outboundTarget: number;
  readonly plant?: Plant | undefined;
  /** Only a liar has some. */
  readonly manners?: Manners | undefined;
  /** Where there are validators. */
  readonly vote?: SimVote | undefined;
}

/** How a node takes part in the vote. */
export interface SimVote {
  /** BLS, 32 bytes; undefined for a node that only watches. */
  readonly secret: Uint8Array | undefined;
  readonly liar: VoteLiar | undefined;
}

/** From a start to a crash. */
interface Life {
  readonly time: NodeTime;
  readonly transport: SimTransport;
  readonly gauges: Gauges;
  chain: Chain | undefined;
  network: Network | undefined;
}

/** An orderly stop takes no longer. ms */
const STOP_MS_MAX = 10_000;
const STREAMS_EXTRA = new Uint8Array(0);

/** A node over all of its lives: the production code on a simulated machine. */
export class SimNode {
  readonly index: number;
  readonly disk: SimDisk;
  readonly clock: ClockError;
  readonly #options: SimNodeOptions;
  readonly #world: World;
  readonly #internet: Internet;
  readonly #work: SealWork;
  readonly #witness: NodeWitness;
  readonly #journal: SimJournal;
  readonly #voteLog: SimVoteLog;
  readonly #chance: RandomStream;
  readonly #peerBook = new MemoryPeerBookStore();
  #life: Life | undefined;
  crashCount = 0;
  /** Set before it starts: it takes over the state after this block instead of executing up to it. */
  checkpoint: Hash | undefined;

  constructor(
    options: SimNodeOptions,
    clock: ClockError,
    ports: {
      readonly world: World;
      readonly internet: Internet;
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
    this.#chance = ports.world.random(`node ${options.index}`);
    this.disk = new SimDisk(ports.world, options.index, {
      isDurable: options.hasDurableDisk,
      isTorn: options.plant === "torn disk",
    });
    this.#journal = new SimJournal(ports.world.random(`journal ${options.index}`));
    this.#voteLog = new SimVoteLog(ports.world.random(`vote log ${options.index}`), this.disk.conditions);
  }

  /** Undefined while it is down or still opening. */
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
      transport: new SimTransport(this.#internet, this.index, time, this.#options.manners),
      gauges: new Gauges(),
      chain: undefined,
      network: undefined,
    };
    this.#life = life;
    this.#open(life).catch((error: unknown) => {
      if (!time.isOver) this.#witness.broken(this, "a node does not start", error);
    });
  }

  /** Resolves when nothing of the node runs any more. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life?.chain === undefined || life.network === undefined) return;
    this.#world.note(this.index, "stops");
    const late = this.#world.schedule(STOP_MS_MAX, this.index, "does not stop", () =>
      this.#witness.broken(this, "a node does not stop", undefined),
    );
    life.chain.finality.stop();
    await life.network.stop();
    await life.chain.idle();
    late.cancel();
    if (life.time.isOver) return;
    this.#world.note(this.index, "has stopped");
    this.#life = undefined;
    life.time.end();
    life.transport.die(false);
  }

  async crash(isPowerLoss: boolean): Promise<void> {
    const life = this.#life;
    if (life === undefined) return;
    this.#world.note(this.index, isPowerLoss ? "loses power" : "is killed");
    this.crashCount++;
    this.#life = undefined;
    life.time.end();
    life.transport.die(isPowerLoss);
    await this.disk.crash(isPowerLoss);
    this.#journal.crash(isPowerLoss);
    this.#voteLog.crash(isPowerLoss);
  }

  /** A block on what the node knows, if it is up and can; resolves to its hash when it is stored. */
  async mine(stream: number): Promise<Hash | undefined> {
    const life = this.#life;
    if (life?.chain === undefined || life.network === undefined) return undefined;
    const { builder, states, view } = life.chain;
    // Who begins with a state mines when it has one.
    const isWithoutState = this.checkpoint !== undefined && view.head().header.number === 0;
    if (isWithoutState || states.adoption() !== undefined) return undefined;
    const template = await builder.createTemplate({
      miner: minerAddress(this.index),
      stream,
      extra: STREAMS_EXTRA,
    });
    const nonce = this.#work.search(template.header, BigInt(this.#chance.uint32()));
    const hash = await builder.importSealed(template, nonce);
    this.#witness.mined(hash);
    return hash;
  }

  async #open(life: Life): Promise<void> {
    const { workMs, plant } = this.#options;
    const parameters = plant === "wrong k" ? withWrongK(this.#options.parameters) : this.#options.parameters;
    const { time, transport } = life;
    const later = <T>(value: T): Promise<T> =>
      workMs === 0
        ? Promise.resolve(value)
        : time.wait(this.#chance.between(0, workMs), "work").then(() => value);
    const chain = await createChain(
      { parameters, shard: 0, isArchive: this.#options.isArchive },
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
      },
    );
    this.#witness.opened(this, chain);
    life.chain = chain;
    const checkpoint = this.checkpoint === undefined ? {} : { checkpoint: this.checkpoint };
    const { vote, bootstrap, outboundTarget } = this.#options;
    const finality = vote === undefined ? {} : { finality: this.#intake(chain, vote) };
    life.network = await startNetwork(
      chain,
      { bootstrap, outboundTarget, ...checkpoint, ...finality },
      {
        time,
        transport,
        random: this.#chance,
        log: this.#log("network"),
        metrics: life.gauges,
        peerBook: this.#peerBook,
      },
    );
    if (vote !== undefined) this.#startVote(life, chain, life.network, vote);
    this.#world.note(this.index, "is up");
  }

  #startVote({ time }: Life, { finality }: Chain, network: Network, { secret, liar }: SimVote): void {
    const { parameters } = this.#options;
    const outbox = liar?.outbox(this, network.finality) ?? this.#outbox(network.finality);
    const log = this.#voteLog.open(time);
    const Signer = liar === undefined ? WitnessedSigner : RecklessSigner;
    const signed = (place: SignedPlace): void => this.#witness.signed(this, place);
    const signer =
      secret === undefined ? {} : { signer: new Signer(parameters.chainId, secret, log, signed) };
    finality.start({ outbox, scheduler: time, ...signer });
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
      behind: (height) => outbox.behind(height),
    };
  }

  #intake({ finality }: Chain, { liar }: SimVote): FinalityIntake {
    if (liar !== undefined) return liar.intake(finality);
    const intake: FinalityIntake = {
      receiveVote: (vote) => finality.receiveVote(vote),
      receiveProposal: (proposal) => finality.receiveProposal(proposal),
      receiveCertificate: (certificate) => {
        finality.receiveCertificate(certificate);
        this.#witness.certified(this, certificate);
      },
      receiveEvidence: (evidence) => finality.receiveEvidence(evidence),
      certificatesFrom: (height, countMax) => finality.certificatesFrom(height, countMax),
    };
    return this.#options.plant === "lies unheard" ? withoutLies(intake) : intake;
  }

  /** What is logged goes to the trace; an error that nobody injected is a failure. */
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

  /** What the peers' part logs is what it does: there is no other way to see it from outside. */
  #tellWitness(event: string, { peer, offence, kind, target, reason, ...others }: LogFacts): void {
    if (event === "peer offends") {
      this.#witness.reported(this, nodeOf(String(peer)), String(offence), factsOf(others));
    }
    if (event === "banned" && kind === "peer")
      this.#witness.banned(this, nodeOf(String(target)), String(reason));
  }
}

function factsOf(facts: LogFacts): string {
  return Object.entries(facts)
    .map(([name, fact]) => `${name} ${fact instanceof Error ? fact.message : String(fact)}`)
    .join(", ");
}
