import { type Log, silentLog } from "@trellis/base";
import { finalAnchorsOf, localOutboxes } from "@trellis/chain";
import { withSystemContracts } from "@trellis/contracts";
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
import { NOBODY, World } from "../world/World.ts";

interface MergeMinersOptions {
  readonly seed: number;
  readonly shards: number;
  readonly machines: number;
  /** Of each shard. */
  readonly blocksPerSecond: number;
}

export interface SimShard {
  readonly nodes: readonly SimNode[];
  readonly checks: Checks;
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
    const { seed, shards, machines, blocksPerSecond } = options;
    this.#options = options;
    this.world = new World(seed);
    const swarm = { blocksPerSecond, isTight: false, voting: undefined };
    const alone = simParameters(this.world.random("parameters"), swarm);
    this.network = withSystemContracts(withShards(alone, shards));
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
    const { machines } = this.#options;
    const parameters = parametersOfShard(this.network, shard);
    const checks = new Checks(world, parameters, this.#work, false, shard);
    const witness: NodeWitness = {
      opened: (node, chain) => checks.opened(node, chain),
      mined: (hash) => checks.mined(hash),
      broken: (node, what, error) => checks.broken(node, what, error),
      banned: (node, peer, reason) => checks.fail("an honest node is banned", node.index, { peer, reason }),
      reported: () => {},
      signed: () => {},
      heard: () => {},
      certified: () => {},
    };
    const indexes = Array.from({ length: machines }, (_, machine) => shard * machines + machine);
    const nodes = indexes.map(
      (index) =>
        new SimNode(
          {
            index,
            shard,
            anchors: finalAnchorsOf(() => this.shards[0]!.nodes[index % machines]!.chain?.view),
            outboxes: localOutboxes(
              (source) => this.shards[source]?.nodes[index % machines]?.chain?.view,
              parameters.sharding!.queueMax,
            ),
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
    return { nodes, checks, load: new Load(world, nodes, parameters.chainId) };
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
  }

  get failure(): Checks["failure"] {
    return this.shards.map(({ checks }) => checks.failure).find((failure) => failure !== undefined);
  }
}
