import { createWire } from "@trellis/network";
import { compactToTarget, type Hash, type NetworkParameters, workOfTarget } from "@trellis/protocol";
import { ByzantineNode } from "../byzantine/ByzantineNode.ts";
import { ByzantineValidator } from "../byzantine/ByzantineValidator.ts";
import { Checks } from "../checks/Checks.ts";
import { NEVER_HONEST } from "../checks/neverHonest.ts";
import { FaultPlan } from "../faults/FaultPlan.ts";
import { isOfDisk } from "../faults/isOfDisk.ts";
import { COMMON_PLANTS, type Plant } from "../faults/plants.ts";
import { SEED_NAME } from "../internet/createSimResolver.ts";
import { Internet } from "../internet/Internet.ts";
import { addressOf, type SimInternet } from "../internet/SimTransport.ts";
import { Load } from "../load/Load.ts";
import { simParameters } from "../node/SimNetwork.ts";
import { type NodeWitness, SimNode } from "../node/SimNode.ts";
import { SealWork } from "../node/sharedWork.ts";
import { dispensable } from "../votes/oldVotes.ts";
import { VoteChecks } from "../votes/VoteChecks.ts";
import { validatorKeys } from "../votes/validators.ts";
import type { QueuedEvent } from "../world/EventQueue.ts";
import { NOBODY, World } from "../world/World.ts";
import type { Swarm } from "./chooseSwarm.ts";

const SURVEY_MS = 5_000;
const DISCOVERY_MS = 3_000;
const CALM_MS = 12_000;
const CALM_BLOCKS = 3;
const CALM_MS_MAX = 120_000;
const CALM_CHECKPOINTS = 2;
const CALM_VOTES_MS_MAX = 300_000;
const AGREEMENT_MS = 30_000;

const FORK_NOTICED = ["certificate.disputed", "certificate.conflicted"];

const KEY_ELSEWHERE = "doppelganger.detected";

/** Of the nodes; the others know addresses. */
const SEED_NAME_SHARE = 0.5;

export class Cluster {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly honest: readonly SimNode[];
  readonly checks: Checks;
  readonly internet: SimInternet;
  readonly faults: FaultPlan;
  readonly load: Load;
  readonly votes: VoteChecks | undefined;
  readonly #voteLiars: ReadonlyMap<number, ByzantineValidator>;
  readonly #liars: ReadonlyMap<number, ByzantineNode>;
  readonly parameters: NetworkParameters;
  readonly #swarm: Swarm;
  #isMining = true;
  offenceCount = 0;
  banCount = 0;

  constructor(swarm: Swarm) {
    this.#swarm = swarm;
    this.world = new World(swarm.seed);
    this.parameters = simParameters(this.world.random("parameters"), swarm);
    const work = new SealWork(this.parameters);
    const { voting } = swarm;
    this.checks = new Checks(this.world, this.parameters, work, { mayFork: voting?.isOverThird });
    this.votes = voting && new VoteChecks(voting, this.checks);
    this.internet = new Internet(this.world, { ...swarm, nodeCount: swarm.nodes });
    this.internet.isDeaf = swarm.plant === "blocks never sent";
    this.internet.onDefect = (node, where, error) =>
      this.checks.broken(this.nodes[node]!, `a handler has a defect: ${where}`, error);
    const honestCount = swarm.nodes - swarm.byzantine;
    this.#liars = this.#chooseLiars(honestCount, work);
    this.#voteLiars = this.#chooseVoteLiars(honestCount);
    this.nodes = this.#createNodes(work);
    this.honest = this.nodes.slice(0, honestCount);
    this.faults = new FaultPlan(swarm, {
      world: this.world,
      internet: this.internet,
      honest: this.honest,
      nodes: this.nodes,
      dispensable: voting && this.#chooseDispensable(dispensable(voting, honestCount)),
      // With votes, an isolated node cannot finalize its own branch.
      finalityDepth: voting === undefined ? this.parameters.finalityDepth : Number.POSITIVE_INFINITY,
    });
    this.load = new Load(this.world, this.honest, this.parameters.chainId);
  }

  #chooseLiars(honestCount: number, work: SealWork): ReadonlyMap<number, ByzantineNode> {
    const ports = { world: this.world, work, checks: this.checks };
    const indexes = Array.from({ length: this.#swarm.byzantine }, (_value, at) => honestCount + at);
    return new Map(indexes.map((index) => [index, new ByzantineNode(index, this.#swarm, ports)]));
  }

  #createNodes(work: SealWork): readonly SimNode[] {
    const swarm = this.#swarm;
    const { voting } = swarm;
    const clocks = this.world.random("clocks");
    const names = this.world.random("seed names");
    const isSkewed = swarm.faults.has("skew");
    const witness = this.#createWitness();
    return Array.from({ length: swarm.nodes }, (_value, index) => {
      const clock = { skewMs: clocks.between(-3_000, 3_000), driftMsPerSecond: clocks.between(-20, 20) };
      return new SimNode(
        {
          index,
          parameters: this.parameters,
          hasDurableDisk: swarm.hasDurableDisks,
          isArchive: swarm.archives[index]!,
          workMs: swarm.workMs,
          bootstrap: names.chance(SEED_NAME_SHARE)
            ? [SEED_NAME]
            : [0, 1].filter((node) => node !== index).map(addressOf),
          seeds: [0, 1].map(addressOf),
          outboundTarget: swarm.outboundTarget,
          plant: isPlantedIn(index, swarm.plant) ? swarm.plant : undefined,
          behaviour: this.#liars.get(index),
          vote: voting && {
            secret: voting.stakes[index]! > 0n ? validatorKeys(index).secret : undefined,
            liar: this.#voteLiars.get(index),
          },
        },
        isSkewed ? clock : { skewMs: 0, driftMsPerSecond: 0 },
        { world: this.world, internet: this.internet, work, witness },
      );
    });
  }

  #createWitness(): NodeWitness {
    const isHonest = ({ index }: SimNode): boolean => !this.#liars.has(index);
    return {
      signed: (node, position) => {
        if (isHonest(node)) this.votes?.signed(node, position);
      },
      heard: (node, vote) => {
        if (isHonest(node)) this.votes?.heard(node, vote);
      },
      certified: (node, certificate) => {
        if (isHonest(node)) this.votes?.certified(node, certificate);
      },
      opened: (node, chain) => {
        if (!isHonest(node)) return;
        this.checks.opened(node, chain);
        this.votes?.begins(node);
      },
      reported: (node, peer, offence, facts) => this.#onReported(node, peer, offence, facts),
      banned: (node, peer, reason) => {
        this.banCount++;
        if (this.#areHonest(node, peer))
          this.checks.fail("an honest node is banned", node.index, { peer, reason });
      },
      mined: (hash) => this.checks.mined(hash),
      broken: (node, what, error) => this.#onBroken(node, what, error),
    };
  }

  #chooseDispensable(indexes: readonly number[]): SimNode | undefined {
    return indexes.length === 0 ? undefined : this.nodes[this.world.random("dispensable").pick(indexes)];
  }

  #chooseVoteLiars(honestCount: number): ReadonlyMap<number, ByzantineValidator> {
    const { voting, faults: kinds } = this.#swarm;
    const liars = (voting?.stakes ?? []).flatMap((wei, index): [number, ByzantineValidator][] => {
      if (index < honestCount || wei === 0n) return [];
      const liar = new ByzantineValidator({
        wire: createWire(this.parameters),
        kinds,
        secret: validatorKeys(index).secret,
        rng: this.world.random(`lying validator ${index}`),
        equivocated: (vote) => this.votes!.equivocated(this.nodes[index]!, vote),
      });
      return [[index, liar]];
    });
    return new Map(liars);
  }

  async run(): Promise<void> {
    const { world, checks } = this;
    const faultsEndMs = this.#swarm.durationS * 1_000;
    this.begin();
    this.load.run(this.#swarm.transactionsPerSecond, faultsEndMs);
    this.faults.run();
    for (const [index, liar] of this.#liars) liar.run(this.nodes[index]!, this.#voteLiars.get(index));
    await this.until(faultsEndMs);
    this.faults.end();
    for (const liar of [...this.#liars.values(), ...this.#voteLiars.values()]) liar.end();
    await this.#calm(faultsEndMs);
    this.#isMining = false;
    if (this.#swarm.voting?.isOverThird === true) {
      if (checks.failure === undefined) for (const node of this.honest) checks.checkDisk(node);
      return;
    }
    await this.#agree(world.nowMs + AGREEMENT_MS);
    if (checks.failure !== undefined) return;
    const forgotten = checks.forgotten(this.honest, this.parameters.genesis.timestampMs + faultsEndMs);
    if (forgotten.length > 0)
      checks.fail("transactions that all have are not mined", NOBODY, {
        count: forgotten.length,
        first: forgotten[0],
      });
    for (const node of this.honest) checks.checkDisk(node);
  }

  begin(): void {
    const { world } = this;
    for (const node of this.nodes) {
      const startMs = world.random(`start ${node.index}`).between(0, 3_000);
      if (!this.#isLate(node)) world.schedule(startMs, node.index, "start", () => node.start());
      else world.schedule(this.#swarm.lateS! * 1_000, node.index, "start", () => this.#startLate(node));
    }
    this.#discover();
    for (const node of this.nodes)
      this.#mineNext(node, this.#swarm.hashShares[node.index]!, world.random(`mining ${node.index}`));
  }

  #isLate(node: SimNode): boolean {
    return this.#swarm.lateS !== undefined && node === this.honest.at(-1);
  }

  #startLate(node: SimNode): void {
    const final = this.honest[0]!.chain?.view.finalized();
    if (this.#swarm.isLateBySnapshot && final !== undefined && final.header.number > 0)
      node.checkpoint = final.hash;
    this.world.note(node.index, "joins late", node.checkpoint);
    this.faults.shelter(node);
    node.start();
  }

  async #calm(fromMs: number): Promise<void> {
    const height = this.votes?.heightOf(this.honest) ?? 0;
    await this.until(fromMs + CALM_MS);
    const timeOf = (depth: number): number => {
      const view = this.honest[0]!.chain?.view;
      const block = view?.blockByNumber(view.head().header.number - depth);
      return (block?.header.timestampMs ?? 0) - this.parameters.genesis.timestampMs;
    };
    const untilMs = fromMs + (this.votes === undefined ? CALM_MS_MAX : CALM_VOTES_MS_MAX);
    let missing: string | undefined;
    while (this.checks.failure === undefined && this.world.nowMs < untilMs) {
      missing = this.votes?.missing(this.honest, height + CALM_CHECKPOINTS);
      if (timeOf(CALM_BLOCKS - 1) > fromMs && missing === undefined) return;
      await this.until(this.world.nowMs + 1_000);
    }
    if (missing !== undefined) this.checks.liveness(missing);
  }

  async #agree(untilMs: number): Promise<void> {
    while (this.checks.failure === undefined) {
      await this.until(this.world.nowMs + 1_000);
      const difference =
        this.checks.difference(this.honest, this.#liars.size === 0 && !this.#swarm.isTight) ??
        this.votes?.difference(this.honest);
      if (difference === undefined) return;
      if (this.world.nowMs >= untilMs) this.checks.liveness(difference);
    }
  }

  async until(untilMs: number): Promise<void> {
    const { world, checks } = this;
    let isDue = false;
    world.schedule(untilMs - world.nowMs, NOBODY, "phase", () => {
      isDue = true;
    });
    let surveyMs = world.nowMs + SURVEY_MS;
    while (!isDue && checks.failure === undefined) {
      const event = await world.step();
      if (event === undefined) return;
      this.#watch(event);
      if (world.nowMs < surveyMs) continue;
      this.#survey();
      surveyMs = world.nowMs + SURVEY_MS;
    }
    if (checks.failure === undefined) this.#survey();
  }

  #survey(): void {
    this.checks.survey(this.honest);
    this.votes?.survey(this.honest);
  }

  #watch({ owner }: QueuedEvent): void {
    const node = this.nodes[owner];
    const failure = node?.chain?.failure();
    if (node !== undefined && failure !== undefined) this.#onBroken(node, "a chain stops", failure);
  }

  #onReported(node: SimNode, peer: number, offence: string, facts: string): void {
    this.world.note(node.index, `reports node ${peer} for ${offence}`, facts);
    this.offenceCount++;
    if (this.#areHonest(node, peer) && NEVER_HONEST.includes(offence)) {
      this.checks.fail("an honest node is taken for a liar", node.index, { peer, offence, facts });
    }
    if (this.#areHonest(node, peer) && offence === "falseClaim" && this.#hasLetGoOf(peer, facts)) {
      this.checks.fail("an honest node is blamed for what it does not keep", node.index, { peer, facts });
    }
  }

  #hasLetGoOf(node: number, facts: string): boolean {
    const [block] = /0x[0-9a-f]{64}/.exec(facts) ?? [];
    const known = block === undefined ? undefined : this.checks.oracle.get(block as Hash);
    const oldest = this.nodes[node]!.chain?.exchange.oldest();
    return known !== undefined && oldest !== undefined && known.block.header.number <= oldest.number;
  }

  #areHonest(node: SimNode, peer: number): boolean {
    return !this.#liars.has(node.index) && !this.#liars.has(peer);
  }

  /** Errors other than injected disk errors are defects. */
  #onBroken(node: SimNode, what: string, error: unknown): void {
    if (this.#swarm.voting?.isOverThird === true && FORK_NOTICED.some((event) => what.endsWith(event)))
      return;
    if (this.#swarm.faults.has("oldvotes") && what.endsWith(KEY_ELSEWHERE)) this.faults.importVotes(node);
    else if (isOfDisk(error)) void this.faults.crash(node, false, 500);
    else this.checks.broken(node, what, error);
  }

  /** Poisson process. A block is built when it is found, because the template may change until then. */
  #mineNext(node: SimNode, share: number, rng: ReturnType<World["random"]>): void {
    const { streams } = this.parameters;
    const total = this.#swarm.hashShares.reduce((sum, each) => sum + each, 0);
    const stream = rng.below(streams.length);
    const bits = node.chain?.view.streams()[stream]?.bits ?? streams[stream]!.genesisBits;
    const harder =
      Number(workOfTarget(compactToTarget(bits))) /
      Number(workOfTarget(compactToTarget(streams[stream]!.genesisBits)));
    const meanMs = ((1_000 / this.#swarm.blocksPerSecond) * harder * total) / share;
    this.world.schedule(Math.max(1, rng.exponential(meanMs)), node.index, "mine", () => {
      if (!this.#isMining) return;
      node.mine(stream).catch((error: unknown) => this.#onMiningFailed(node, error));
      this.#mineNext(node, share, rng);
    });
  }

  #onMiningFailed(node: SimNode, error: unknown): void {
    this.#onBroken(node, "mining fails", error);
  }

  #discover(): void {
    const rng = this.world.random("discovery");
    const next = (): void => {
      const transport = rng.pick(this.nodes).transport;
      const other = rng.pick(this.nodes);
      if (transport !== undefined && transport.node !== other.index) transport.discover(other.index);
      this.world.schedule(DISCOVERY_MS / this.nodes.length, NOBODY, "discovery", next);
    };
    next();
  }
}

function isPlantedIn(node: number, plant: Plant | undefined): boolean {
  return plant !== undefined && (node === 0 || COMMON_PLANTS.includes(plant));
}
