import { type Log, silentLog } from "@trellis/base";
import { type Chain, evidenceReporter, finalAnchorsOf, localOutboxes } from "@trellis/chain";
import { withSystemContracts } from "@trellis/contracts";
import { constructAccounts } from "@trellis/evm";
import { createWorkVerifier, mergeBuilders } from "@trellis/mining";
import {
  type BlockBuilder,
  type NetworkParameters,
  parametersOfShard,
  shardCount,
  withShards,
} from "@trellis/protocol";
import { Checks } from "../checks/Checks.ts";
import { Internet } from "../internet/Internet.ts";
import { addressOf, type SimInternet } from "../internet/SimTransport.ts";
import { Load } from "../load/Load.ts";
import { minerAddress, simParameters } from "../node/SimNetwork.ts";
import { type NodeWitness, SimNode } from "../node/SimNode.ts";
import { SealWork } from "../node/sharedWork.ts";
import type { Voting } from "../votes/chooseVoting.ts";
import { VoteChecks } from "../votes/VoteChecks.ts";
import { stakingOf, validatorKeys } from "../votes/validators.ts";
import { NOBODY, World } from "../world/World.ts";

import { MessageLoad } from "./MessageLoad.ts";
import { MessageOracle } from "./MessageOracle.ts";

interface MergeMinersOptions {
  readonly seed: number;
  readonly shards: number;
  readonly machines: number;
  /** Of each shard. */
  readonly blocksPerSecond: number;
  /** Stakes by machine. Default: no validators. */
  readonly voting?: Voting;
}

export interface SimShard {
  readonly nodes: readonly SimNode[];
  readonly checks: Checks;
  readonly votes: VoteChecks | undefined;
  readonly load: Load;
}

const BYTES_PER_MS = 10_000;

/** Machines that follow all shards, with a node for each, and search one nonce for all templates. */
export class MergeMiners {
  readonly world: World;
  readonly network: NetworkParameters;
  readonly shards: readonly SimShard[];
  /** Nonces by the number of blocks that they sealed. */
  readonly sealed = new Map<number, number>();
  readonly #options: MergeMinersOptions;
  readonly #work: SealWork;
  readonly #verifier = createWorkVerifier({ workers: 0 });
  #isMining = true;

  constructor(options: MergeMinersOptions) {
    const { seed, shards, machines, blocksPerSecond, voting } = options;
    this.#options = options;
    this.world = new World(seed);
    const swarm = { blocksPerSecond, isTight: false, voting: undefined };
    const alone = simParameters(this.world.random("parameters"), swarm);
    const several = withShards({ ...alone, votes: voting?.parameters ?? alone.votes }, shards);
    const staked = voting && { staking: stakingOf(voting), construct: constructAccounts };
    this.network = withSystemContracts(several, staked);
    this.#work = new SealWork(this.network);
    const nodeCount = machines * shards;
    const internet: SimInternet = new Internet(this.world, {
      nodeCount,
      latency: "uniform",
      bytesPerMs: BYTES_PER_MS,
    });
    this.shards = Array.from({ length: shardCount(this.network) }, (_, shard) =>
      this.#createShard(shard, internet),
    );
    internet.onDefect = (index, where, error) => {
      const { nodes, checks } = this.shards[Math.floor(index / machines)]!;
      checks.broken(nodes[index % machines]!, `a handler has a defect: ${where}`, error);
    };
  }

  #createShard(shard: number, internet: SimInternet): SimShard {
    const { world } = this;
    const { machines, voting } = this.#options;
    const parameters = parametersOfShard(this.network, shard);
    const checks = new Checks(world, parameters, this.#work, false, shard);
    const votes = voting && new VoteChecks(voting, checks);
    const witness: NodeWitness = {
      opened: (node, chain) => {
        checks.opened(node, chain);
        votes?.begins(node);
        if (shard === 0) this.#followAnchors(node, chain);
      },
      mined: (hash) => checks.mined(hash),
      broken: (node, what, error) => checks.broken(node, what, error),
      banned: (node, peer, reason) => checks.fail("an honest node is banned", node.index, { peer, reason }),
      reported: () => {},
      signed: (node, position) => votes?.signed(node, position),
      heard: (node, vote) => votes?.heard(node, vote),
      certified: (node, certificate) => votes?.certified(node, certificate),
    };
    const indexes = Array.from({ length: machines }, (_, machine) => shard * machines + machine);
    const nodes = indexes.map(
      (index) =>
        new SimNode(
          {
            index,
            shard,
            anchors: finalAnchorsOf(() => this.#chainOf(0, index)?.view),
            outboxes: localOutboxes(
              (source) => this.#chainOf(source, index)?.view,
              parameters.sharding!.queueMax,
            ),
            crossLinks: (record) =>
              this.#chainOf(record.shard, index)?.checkpoints?.crossLinksAfter(record) ?? [],
            reportEvidence: evidenceReporter(() => this.#chainOf(0, index)?.finality),
            vote: voting && { secret: validatorKeys(index % machines).secret, liar: undefined },
            parameters,
            hasDurableDisk: true,
            isArchive: false,
            workMs: 0,
            bootstrap: indexes.filter((other) => other !== index).map(addressOf),
            seeds: [],
            outboundTarget: machines,
          },
          { skewMs: 0, driftMsPerSecond: 0 },
          { world, internet, work: this.#work, witness },
        ),
    );
    return { nodes, checks, votes, load: new Load(world, nodes, parameters.chainId) };
  }

  /** Of the machine that runs node `index`. */
  #chainOf(shard: number, index: number): Chain | undefined {
    return this.shards[shard]!.nodes[index % this.#options.machines]!.chain;
  }

  #followAnchors(node: SimNode, { view }: Chain): void {
    view.subscribe(({ kind }) => {
      if (kind !== "finalized") return;
      for (const { nodes, checks } of this.shards.slice(1)) {
        const other = nodes[node.index]!;
        other.chain?.anchorsMoved().catch((error: unknown) => {
          if (!other.isDown) checks.broken(other, "anchors are not followed", error);
        });
      }
    });
  }

  /** Of the first machine. */
  get messages(): MessageOracle {
    return new MessageOracle(this.shards.map(({ nodes }) => nodes[0]!.chain!.view));
  }

  sendMessages(perSecond: number, untilMs: number): void {
    const nodes = this.shards.map((shard) => shard.nodes);
    const chainIds = this.shards.map(({ checks }) => checks.parameters.chainId);
    new MessageLoad(this.world, nodes, chainIds).run(perSecond, untilMs);
  }

  begin(transactionsPerSecond: number, untilMs: number): void {
    for (const { nodes, load } of this.shards) {
      for (const node of nodes) node.start();
      load.run(transactionsPerSecond, untilMs);
    }
    for (let machine = 0; machine < this.#options.machines; machine++) this.#mineNext(machine);
    this.world.schedule(untilMs, NOBODY, "mining ends", () => {
      this.#isMining = false;
    });
  }

  #mineNext(machine: number): void {
    const { machines, blocksPerSecond } = this.#options;
    const rng = this.world.random(`machine ${machine} at ${this.world.nowMs}`);
    const meanMs = (1_000 * machines) / blocksPerSecond;
    this.world.schedule(Math.max(1, rng.exponential(meanMs)), NOBODY, "mine", () => {
      if (!this.#isMining) return;
      const stream = rng.below(this.network.streams.length);
      this.#mine(machine, stream, BigInt(rng.uint32())).catch((error: unknown) => {
        const { nodes, checks } = this.shards[0]!;
        checks.broken(nodes[machine]!, "merge mining fails", error);
      });
      this.#mineNext(machine);
    });
  }

  /** Shards whose node is down are left out. */
  async #mine(machine: number, stream: number, from: bigint): Promise<void> {
    let sealed = 0;
    const builders = new Map<number, BlockBuilder>();
    for (const [shard, { nodes }] of this.shards.entries()) {
      const builder = nodes[machine]!.builder();
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

  async until(untilMs: number): Promise<void> {
    while (this.world.nowMs < untilMs && this.failure === undefined)
      if ((await this.world.step()) === undefined) break;
    for (const { nodes, checks } of this.shards) checks.survey(nodes);
    // Validators are punished in shard 0.
    const [{ nodes, votes }] = this.shards as readonly [SimShard];
    votes?.survey(nodes);
  }

  get failure(): Checks["failure"] {
    return this.shards.map(({ checks }) => checks.failure).find((failure) => failure !== undefined);
  }
}
