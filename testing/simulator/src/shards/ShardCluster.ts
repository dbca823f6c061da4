import { isTrellisError, type Log, silentLog } from "@trellis/base";
import {
  auditSupply,
  type Chain,
  evidenceReporter,
  type FinalAnchors,
  finalAnchorsOf,
  localOutboxes,
} from "@trellis/chain";
import { withSystemContracts } from "@trellis/contracts";
import { constructAccounts } from "@trellis/evm";
import { createWorkVerifier, mergeBuilders } from "@trellis/mining";
import { createWire } from "@trellis/network";
import {
  type BlockBuilder,
  type Body,
  type ChainView,
  headerHash,
  type NetworkParameters,
  parametersOfShard,
  withShards,
} from "@trellis/protocol";
import { ByzantineValidator } from "../byzantine/ByzantineValidator.ts";
import { ShardLiar } from "../byzantine/ShardLiar.ts";
import { Checks } from "../checks/Checks.ts";
import type { Failure } from "../checks/Failure.ts";
import { NEVER_HONEST } from "../checks/neverHonest.ts";
import { FaultPlan } from "../faults/FaultPlan.ts";
import { isOfDisk } from "../faults/isOfDisk.ts";
import { withGatewayCode } from "../faults/plantedGateway.ts";
import { withGovernedChange } from "../faults/withGovernedChange.ts";
import { type ShardView, withHeadFinal } from "../faults/withHeadFinal.ts";
import { Internet } from "../internet/Internet.ts";
import { addressOf, type SimInternet } from "../internet/SimTransport.ts";
import { Load } from "../load/Load.ts";
import { minerAddress, simParameters } from "../node/SimNetwork.ts";
import { type NodeWitness, SimNode } from "../node/SimNode.ts";
import { SealWork } from "../node/sharedWork.ts";
import { VoteChecks } from "../votes/VoteChecks.ts";
import { stakingOf, validatorKeys } from "../votes/validators.ts";
import type { QueuedEvent } from "../world/EventQueue.ts";
import { NOBODY, World } from "../world/World.ts";
import type { ShardSwarm } from "./chooseShardSwarm.ts";
import { MachineOutboxes } from "./MachineOutboxes.ts";
import { MessageLedger } from "./MessageLedger.ts";
import { MessageLoad } from "./MessageLoad.ts";
import { RECIPIENTS } from "./recipients.ts";

export interface SimShard {
  /** Of the machines that follow the shard; the first machine follows all. */
  readonly nodes: readonly SimNode[];
  readonly honest: readonly SimNode[];
  readonly checks: Checks;
  readonly votes: VoteChecks | undefined;
  readonly load: Load;
}

interface Mining {
  readonly shards: readonly number[];
  readonly perSecond: number;
  readonly untilMs: number;
}

const SURVEY_MS = 5_000;
/** Hash power of a lying machine, in that of an honest one. */
const LIAR_SHARE = 3;

/** Machines with a node for each shard that they follow. Each searches one nonce for the templates of its shards. */
export class ShardCluster {
  readonly world: World;
  readonly network: NetworkParameters;
  readonly internet: SimInternet;
  readonly shards: readonly SimShard[];
  readonly ledger: MessageLedger;
  readonly faults: FaultPlan;
  /** Nonces by the number of blocks that they sealed. */
  readonly sealed = new Map<number, number>();
  readonly #swarm: ShardSwarm;
  readonly #machineCount: number;
  readonly #work: SealWork;
  readonly #verifier = createWorkVerifier({ workers: 0 });
  readonly #nodes = new Map<number, SimNode>();
  /** By node. */
  readonly #liars = new Map<number, ShardLiar>();
  /** By machine. */
  readonly #outboxes = new Map<number, MachineOutboxes>();
  readonly #voteLiars: ByzantineValidator[] = [];
  /** Why blocks with these bodies are invalid. */
  readonly #lies = new WeakMap<Body, string>();
  readonly #clocks: readonly { readonly skewMs: number; readonly driftMsPerSecond: number }[];
  #isMining = true;
  offenceCount = 0;
  banCount = 0;

  constructor(swarm: ShardSwarm) {
    this.#swarm = swarm;
    this.#machineCount = swarm.follows.length;
    this.world = new World(swarm.seed);
    this.network = this.#createParameters();
    this.#work = new SealWork(this.network);
    this.ledger = new MessageLedger(swarm.shards);
    const clocks = this.world.random("clocks");
    this.#clocks = swarm.follows.map(() =>
      swarm.faults.has("skew")
        ? { skewMs: clocks.between(-3_000, 3_000), driftMsPerSecond: clocks.between(-20, 20) }
        : { skewMs: 0, driftMsPerSecond: 0 },
    );
    this.internet = new Internet(this.world, { ...swarm, nodeCount: this.#machineCount * swarm.shards });
    this.shards = Array.from({ length: swarm.shards }, (_, shard) => this.#createShard(shard));
    this.internet.onDefect = (index, where, error) =>
      this.#checksOf(index).broken(this.#nodes.get(index)!, `a handler has a defect: ${where}`, error);
    this.faults = this.#createFaults();
  }

  #createParameters(): NetworkParameters {
    const { shards, voting, queues, governed, gatewayCode, ...swarm } = this.#swarm;
    const alone = simParameters(this.world.random("parameters"), { ...swarm, voting: undefined });
    const genesis = { ...alone.genesis, accounts: [...alone.genesis.accounts, ...RECIPIENTS] };
    const several = withShards({ ...alone, genesis, votes: voting?.parameters ?? alone.votes }, shards);
    const staked = voting && { staking: stakingOf(voting), construct: constructAccounts };
    const sound = withSystemContracts({ ...several, shards: { ...several.shards!, ...queues } }, staked);
    const network = governed.reduce(withGovernedChange, sound);
    return gatewayCode === undefined ? network : withGatewayCode(network, gatewayCode);
  }

  #createFaults(): FaultPlan {
    const honest = this.shards.flatMap((shard) => shard.honest);
    return new FaultPlan(this.#swarm, {
      world: this.world,
      internet: this.internet,
      honest,
      nodes: [...this.#nodes.values()],
      dispensable: undefined,
      finalityDepth: Number.POSITIVE_INFINITY,
      machines: [...this.#honestMachines()].map((machine) =>
        honest.filter(({ index }) => index % this.#machineCount === machine),
      ),
      shards: this.shards.map((shard) => shard.honest),
    });
  }

  #createShard(shard: number): SimShard {
    const { world } = this;
    const { voting, follows, governed } = this.#swarm;
    const parameters = parametersOfShard(this.network, shard);
    const nextGasLimit = governed.find(({ name }) => name === "gasLimit")?.value;
    const checks = new Checks(world, parameters, this.#work, { shard, nextGasLimit });
    const votes = voting && new VoteChecks(voting, checks, shard > 0);
    const witness = this.#createWitness(shard, checks, votes);
    const machines = [...follows.keys()].filter((machine) => follows[machine]!.includes(shard));
    const indexes = machines.map((machine) => shard * this.#machineCount + machine);
    const nodes = indexes.map((index) =>
      this.#createNode(index, indexes, {
        parameters,
        witness,
        voteLiar: this.#createLiars(index, parameters, votes),
      }),
    );
    for (const node of nodes) this.#nodes.set(node.index, node);
    const honest = nodes.filter(({ index }) => !this.#liars.has(index));
    return { nodes, honest, checks, votes, load: new Load(world, honest, parameters.chainId) };
  }

  #honestMachines(): readonly number[] {
    const machines = [...this.#swarm.follows.keys()];
    return this.#swarm.hasLiar ? machines.slice(0, -1) : machines;
  }

  /** Undefined unless the node's validator lies. */
  #createLiars(
    index: number,
    parameters: NetworkParameters,
    votes: VoteChecks | undefined,
  ): ByzantineValidator | undefined {
    const { hasLiar, faults: kinds } = this.#swarm;
    const machine = index % this.#machineCount;
    if (!hasLiar || machine < this.#machineCount - 1) return undefined;
    this.#liars.set(index, new ShardLiar(kinds, this.world.random(`lying producer ${index}`)));
    if (votes === undefined) return undefined;
    const liar = new ByzantineValidator({
      wire: createWire(parameters),
      kinds,
      secret: validatorKeys(machine).secret,
      rng: this.world.random(`lying validator ${index}`),
      // Shard 0 punishes the machine's validator.
      equivocated: (vote) => votes.equivocated(this.nodeOf(0, machine)!, vote),
    });
    this.#voteLiars.push(liar);
    return liar;
  }

  #createNode(
    index: number,
    ofShard: readonly number[],
    {
      parameters,
      witness,
      voteLiar,
    }: {
      readonly parameters: NetworkParameters;
      readonly witness: NodeWitness;
      readonly voteLiar: ByzantineValidator | undefined;
    },
  ): SimNode {
    const { voting, hasDurableDisks } = this.#swarm;
    const machine = index % this.#machineCount;
    const shard = (index - machine) / this.#machineCount;
    const chainOf = (other: number): Chain | undefined => this.nodeOf(other, machine)?.chain;
    const stake = voting?.stakes[machine] ?? 0n;
    const liar = this.#liars.get(index);
    const anchors = this.#anchors(() => chainOf(0)?.view);
    const early = finalAnchorsOf(() => withHeadFinal(chainOf(0)?.view));
    const machineOutboxes = this.#outboxesOf(machine, parameters.sharding!.queueMax);
    const outboxes = machineOutboxes.of(shard);
    return new SimNode(
      {
        index,
        shard,
        anchors: shard === 0 ? undefined : (liar?.anchors(anchors, early) ?? anchors),
        outboxes: liar?.outboxes(outboxes) ?? outboxes,
        exchange: shard > 0 ? undefined : (liar?.exchange(machineOutboxes) ?? machineOutboxes),
        crossLinks: (record) => chainOf(record.shard)?.checkpoints?.crossLinksAfter(record) ?? [],
        reportEvidence: evidenceReporter(() => chainOf(0)?.finality),
        vote: voting && {
          secret: stake > 0n ? validatorKeys(machine).secret : undefined,
          liar: voteLiar,
        },
        parameters,
        hasDurableDisk: hasDurableDisks,
        isArchive: false,
        workMs: 0,
        bootstrap: ofShard.filter((other) => other !== index).map(addressOf),
        seeds: [],
        outboundTarget: this.#machineCount,
      },
      this.#clocks[machine]!,
      { world: this.world, internet: this.internet, work: this.#work, witness },
    );
  }

  #outboxesOf(machine: number, queueMax: number): MachineOutboxes {
    const known = this.#outboxes.get(machine);
    if (known !== undefined) return known;
    const outboxes = new MachineOutboxes(queueMax, {
      local: localOutboxes((source) => this.nodeOf(source, machine)?.chain?.view, queueMax),
      request: (request) => this.nodeOf(0, machine)?.network?.requestOutbox(request),
    });
    this.#outboxes.set(machine, outboxes);
    return outboxes;
  }

  #anchors(viewOf: () => ShardView | undefined): FinalAnchors {
    return finalAnchorsOf(this.#swarm.plant === "unfinal anchors" ? () => withHeadFinal(viewOf()) : viewOf);
  }

  #createWitness(shard: number, checks: Checks, votes: VoteChecks | undefined): NodeWitness {
    const isHonest = ({ index }: SimNode): boolean => !this.#liars.has(index);
    const areHonest = (node: SimNode, peer: number): boolean => isHonest(node) && !this.#liars.has(peer);
    return {
      opened: (node, chain) => {
        this.#outboxes.get(node.index % this.#machineCount)!.begin(shard);
        if (shard === 0) this.#followAnchors(node, chain);
        if (!isHonest(node)) return;
        checks.opened(node, chain);
        votes?.begins(node);
        this.ledger.opened(shard, chain.view, (what, facts) => checks.fail(what, node.index, facts));
      },
      mined: (hash) => {
        if (!checks.forbidden.has(hash)) checks.mined(hash);
      },
      broken: (node, what, error) => this.#onBroken(node, what, error),
      banned: (node, peer, reason) => {
        this.banCount++;
        if (areHonest(node, peer)) checks.fail("an honest node is banned", node.index, { peer, reason });
      },
      reported: (node, peer, offence, facts) => {
        this.world.note(node.index, `reports node ${peer} for ${offence}`, facts);
        this.offenceCount++;
        if (areHonest(node, peer) && NEVER_HONEST.includes(offence))
          checks.fail("an honest node is taken for a liar", node.index, { peer, offence, facts });
      },
      signed: (node, position) => {
        if (isHonest(node)) votes?.signed(node, position);
      },
      heard: (node, vote) => {
        if (isHonest(node)) votes?.heard(node, vote);
      },
      certified: (node, certificate) => {
        if (isHonest(node)) votes?.certified(node, certificate);
      },
    };
  }

  /** Errors other than injected disk errors are defects. */
  #onBroken(node: SimNode, what: string, error: unknown): void {
    if (this.#liars.has(node.index)) this.world.note(node.index, "a liar is broken", what);
    else if (isOfDisk(error)) void this.faults.crash(node, false, 500);
    else this.#checksOf(node.index).broken(node, what, error);
  }

  #checksOf(index: number): Checks {
    return this.shards[Math.floor(index / this.#machineCount)]!.checks;
  }

  /** Undefined if the machine does not follow the shard. */
  nodeOf(shard: number, machine: number): SimNode | undefined {
    return this.#nodes.get(shard * this.#machineCount + machine);
  }

  #followAnchors(node: SimNode, { view }: Chain): void {
    view.subscribe(({ kind }) => {
      if (kind !== "finalized") return;
      for (const shard of this.shards.slice(1).keys()) {
        const other = this.nodeOf(shard + 1, node.index);
        other?.chain?.anchorsMoved().catch((error: unknown) => {
          if (!other.isDown) this.#onBroken(other, "anchors are not followed", error);
        });
      }
    });
  }

  /** Of the first machine, by shard. Undefined while one is down. */
  get views(): readonly ChainView[] | undefined {
    return this.#viewsOf(0);
  }

  #viewsOf(machine: number): readonly ChainView[] | undefined {
    const views = [...this.shards.keys()].flatMap((shard) => this.nodeOf(shard, machine)?.chain?.view ?? []);
    return views.length === this.shards.length ? views : undefined;
  }

  begin(loadUntilMs: number): void {
    const { transactionsPerSecond, messagesPerSecond, floodShare } = this.#swarm;
    for (const { nodes, load } of this.shards) {
      for (const node of nodes) node.start();
      if (transactionsPerSecond > 0) load.run(transactionsPerSecond, loadUntilMs);
    }
    const nodes = this.shards.map((shard) => shard.honest);
    const chainIds = this.shards.map(({ checks }) => checks.parameters.chainId);
    if (messagesPerSecond > 0)
      new MessageLoad(this.world, nodes, chainIds, floodShare).run(messagesPerSecond, loadUntilMs);
    for (const [machine, shardsOf] of this.#swarm.follows.entries())
      this.#mineNext(machine, {
        shards: shardsOf,
        perSecond: (this.#swarm.blocksPerSecond / this.#machineCount) * this.#shareOf(machine),
        untilMs: Number.POSITIVE_INFINITY,
      });
    this.#beginMajority(loadUntilMs);
  }

  /** Invalid blocks do not count, so a liar that makes them mines more than others. */
  #shareOf(machine: number): number {
    const { hasLiar, faults } = this.#swarm;
    return hasLiar && faults.has("badbatch") && machine === this.#machineCount - 1 ? LIAR_SHARE : 1;
  }

  /** A dishonest machine mines one shard alone, and receives nothing from others. */
  #beginMajority(untilMs: number): void {
    if (!this.#swarm.faults.has("majority")) return;
    const machine = this.#machineCount - 1;
    const rng = this.world.random("majority");
    const shard = rng.below(this.shards.length);
    const liar = this.nodeOf(shard, machine)!;
    for (const { index } of this.shards[shard]!.honest) {
      this.internet.cut(index, liar.index);
      this.world.schedule(untilMs, NOBODY, "majority ends", () => this.internet.heal(index, liar.index));
    }
    this.#mineNext(machine, { shards: [shard], perSecond: 2 * this.#swarm.blocksPerSecond, untilMs });
  }

  get falseAnchorCount(): number {
    return [...this.#liars.values()].reduce((sum, liar) => sum + liar.falseAnchorCount, 0);
  }

  endLies(): void {
    for (const liar of [...this.#liars.values(), ...this.#voteLiars]) liar.end();
  }

  endMining(): void {
    this.#isMining = false;
  }

  #mineNext(machine: number, mining: Mining): void {
    const { shards, perSecond, untilMs } = mining;
    const rng = this.world.random(`machine ${machine} at ${this.world.nowMs} for ${shards.length}`);
    this.world.schedule(Math.max(1, rng.exponential(1_000 / perSecond)), NOBODY, "mine", () => {
      if (!this.#isMining || this.world.nowMs >= untilMs) return;
      const stream = rng.below(this.network.streams.length);
      this.#mine(machine, shards, stream, BigInt(rng.uint32())).catch((error: unknown) => {
        // The sources' nodes of this machine can be down.
        if (isTrellisError(error, "MESSAGES_UNAVAILABLE")) this.world.note(NOBODY, "messages are missing");
        else this.#onBroken(this.nodeOf(0, machine)!, "merge mining fails", error);
      });
      this.#mineNext(machine, mining);
    });
  }

  /** Shards whose node is down are left out. */
  async #mine(machine: number, shards: readonly number[], stream: number, from: bigint): Promise<void> {
    let sealed = 0;
    const builders = new Map<number, BlockBuilder>();
    for (const shard of shards) {
      const builder = this.#builderOf(this.nodeOf(shard, machine)!);
      if (builder === undefined) continue;
      const importSealed: BlockBuilder["importSealed"] = (template, nonce) => {
        sealed++;
        return builder.importSealed(template, nonce);
      };
      builders.set(shard, { ...builder, importSealed });
    }
    if (builders.size === 0) return;
    const log: Log = {
      ...silentLog,
      warn: (event, facts) => this.world.note(NOBODY, event, String(facts?.error)),
    };
    const builder = mergeBuilders(this.network.streams, builders, { work: this.#verifier, log });
    const request = { miner: minerAddress(machine), stream, extra: new Uint8Array(0) };
    const template = await builder.createTemplate(request);
    const nonce = this.#work.searchRoot(stream, template.sealRoot, template.target, from);
    await builder.importSealed(template, nonce);
    this.sealed.set(sealed, (this.sealed.get(sealed) ?? 0) + 1);
  }

  #builderOf(node: SimNode): BlockBuilder | undefined {
    const liar = this.#liars.get(node.index);
    const builder = node.builder();
    if (liar === undefined || builder === undefined) return builder;
    return {
      createTemplate: async (request) => {
        liar.beginTemplate();
        const template = await builder.createTemplate(request);
        if (liar.lie !== undefined) this.#lies.set(template.body, liar.lie);
        return template;
      },
      importSealed: (template, nonce) => {
        const { header, body } = template;
        const kind = this.#lies.get(body);
        const hash = headerHash({ ...header, seal: { ...header.seal, nonce } });
        if (kind !== undefined) this.#checksOf(node.index).forbidden.set(hash, { kind, from: "chain" });
        return builder.importSealed(template, nonce);
      },
    };
  }

  async until(untilMs: number): Promise<void> {
    const { world } = this;
    let isDue = false;
    world.schedule(untilMs - world.nowMs, NOBODY, "phase", () => {
      isDue = true;
    });
    let surveyMs = world.nowMs + SURVEY_MS;
    while (!isDue && this.failure === undefined) {
      const event = await world.step();
      if (event === undefined) return;
      this.#watch(event);
      if (world.nowMs < surveyMs) continue;
      this.#survey();
      surveyMs = world.nowMs + SURVEY_MS;
    }
    if (this.failure === undefined) this.#survey();
  }

  #watch({ owner }: QueuedEvent): void {
    const node = this.#nodes.get(owner);
    const failure = node?.chain?.failure();
    if (node !== undefined && failure !== undefined) this.#onBroken(node, "a chain stops", failure);
  }

  #survey(): void {
    for (const { honest, checks } of this.shards) checks.survey(honest);
    // Validators are punished in shard 0.
    const [{ honest, votes }] = this.shards as readonly [SimShard];
    votes?.survey(honest);
    for (const machine of this.#honestMachines()) {
      const views = this.#viewsOf(machine);
      if (views !== undefined) this.#audit(machine, views);
    }
  }

  /** Conservation over all shards, if the machine's states are a cut. [SHARD-17] */
  #audit(machine: number, views: readonly ChainView[]): void {
    if (!this.ledger.isCut(views)) return;
    const { faults, inFlight, unclaimed, destroyed } = auditSupply(
      this.shards.map(({ checks }, shard) => checks.supply(views[shard]!)),
    );
    if (faults.length > 0 || inFlight < 0n || unclaimed !== 0n || destroyed !== 0n)
      this.shards[0]!.checks.fail("coins of all shards are not conserved", machine, {
        faults: JSON.stringify(faults, (_, fact: unknown) =>
          typeof fact === "bigint" ? String(fact) : fact,
        ),
        ...{ inFlight, unclaimed, destroyed },
      });
  }

  get failure(): Failure | undefined {
    return this.shards.map(({ checks }) => checks.failure).find((failure) => failure !== undefined);
  }
}
