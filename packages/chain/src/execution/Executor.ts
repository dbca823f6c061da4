import {
  type Clock,
  type Log,
  LruMap,
  type Metrics,
  type Pace,
  type Random,
  runPaced,
  SerialQueue,
  type TrellisError,
} from "@trellis/base";
import { isKeyValid } from "@trellis/contracts";
import {
  type Address,
  type Block,
  type BlockObserver,
  type Body,
  type Certificate,
  type ChainBlock,
  type Evm,
  genesisNumber,
  type Hash,
  type Header,
  type OriginState,
  type SignedBy,
  type StateReader,
  sealHash,
  type Transaction,
  withChanges,
  ZERO_HASH,
} from "@trellis/protocol";
import type { GhostdagData } from "../consensus/Dag.ts";
import { ruleErrors } from "../consensus/errors.ts";
import type { CarriedVotes } from "../finality/certificates/findVotes.ts";
import {
  type CarriedMessages,
  type CarryingBlock,
  carryMessages,
  NO_MESSAGES,
} from "../shards/carryMessages.ts";
import type { StateLayer } from "../state/StateLayer.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { BlockOverride } from "../store/blockOverride.ts";
import { sizeOfExecution } from "../store/blockSizes.ts";
import { chainTimestamp, type ExecutionHeader } from "./blockContext.ts";
import { type BlockRules, type BlockRulesPorts, blockRules } from "./blockRules.ts";
import { ExecutionMeter, type ExecutionPurpose } from "./ExecutionMeter.ts";
import {
  type ExecutionRequest,
  type ExecutionResult,
  executeBlock,
  type MergedBlock,
} from "./executeBlock.ts";
import { findRootDifference, findRuleDifference, type HeaderDifference } from "./findHeaderDifference.ts";
import { overrideChanges } from "./overrideState.ts";
import { SlowGas } from "./SlowGas.ts";

type Mergeset = Pick<GhostdagData, "selectedParent" | "merged">;

interface Unexecuted {
  readonly header: ExecutionHeader;
  readonly body: Body;
  readonly senders: readonly Address[];
}

export interface Execution {
  readonly request: ExecutionRequest;
  readonly selectedParent: Hash;
  readonly certificates: readonly Certificate[];
  /** Why the block may not carry its batches. [SHARD-12] */
  readonly fault: string | undefined;
}

export interface Executed {
  readonly result: ExecutionResult;
  readonly layer: StateLayer;
  readonly certificates: readonly Certificate[];
}

type Examined =
  | { readonly difference: HeaderDifference }
  | { readonly difference: undefined; readonly executed: Executed };

export const BLOCK_HASHES = 256;
/** Number of cached templates; fewer if they have many logs. */
const TEMPLATES_MAX = 16;
const TEMPLATES_MIN = 2;
const TEMPLATE_BYTES_MAX = 64 << 20;
/** Number of cached addresses: tens of megabytes. */
const SENDERS_MAX = 500_000;

interface ExecutorPorts extends BlockRulesPorts {
  readonly states: StateStore;
  readonly evm: Evm;
  readonly origin?: Pick<OriginState, "blockHash"> | undefined;
  readonly recoverSenders: (transactions: readonly Transaction[]) => Promise<(Address | TrellisError)[]>;
  readonly clock: Clock;
  readonly random?: Random;
  readonly pace?: Pace;
  readonly log: Log;
  readonly metrics: Metrics;
}

export class Executor {
  readonly #ports: ExecutorPorts;
  /** Keyed by seal hash, which does not depend on the nonce. */
  readonly #templates = new LruMap<Hash, Executed>(TEMPLATE_BYTES_MAX, sizeOfTemplate, TEMPLATES_MIN);
  readonly #senders = new LruMap<Hash, readonly Address[]>(SENDERS_MAX, (senders) => senders.length + 1);

  readonly #recoveries = new SerialQueue();
  readonly #recovering = new Map<Hash, Promise<void>>();
  readonly slowGas: SlowGas;
  readonly #meter: ExecutionMeter;
  #freeMs = 0;

  constructor(ports: ExecutorPorts) {
    this.#ports = ports;
    this.slowGas = new SlowGas(ports.clock, ports.random);
    this.#meter = new ExecutionMeter(ports, this.slowGas);
  }

  rules(
    { selectedParent, merged }: Mergeset,
    own: CarriedVotes,
    header: Pick<Header, "extra">,
    state: StateReader = this.#ports.states.reader(selectedParent),
  ): BlockRules {
    const { blocks, epochs } = this.#ports;
    const carriers = epochs.hasStaking
      ? [...merged.map(({ hash }) => blocks.storedBlock(hash).body), own]
      : [own];
    const rules = blockRules(this.#ports, selectedParent, state, carriers);
    const { baseFee = rules.baseFee, gasLimit = rules.gasLimit } = blocks.overrideOf(header) ?? {};
    return { ...rules, baseFee, gasLimit };
  }

  async prepare(
    { header, body, senders }: Unexecuted,
    ghostdag: Mergeset,
    rules: BlockRules,
    state: StateReader = this.#ports.states.reader(ghostdag.selectedParent),
  ): Promise<Execution> {
    const { selectedParent } = ghostdag;
    const { blocks } = this.#ports;
    const merged = await Promise.all(
      ghostdag.merged.map(async ({ hash, isBlue }): Promise<MergedBlock> => {
        const block = blocks.storedBlock(hash);
        return {
          hash,
          header: block.header,
          isBlue,
          transactions: signedBy(block.body, await this.sendersOf(block)),
        };
      }),
    );
    const parent = blocks.executedBlock(selectedParent);
    const { fault, ...carried } = this.#carry({ header, body }, ghostdag, rules, state);
    const override = overrideFor(blocks.overrideOf(header), state);
    const request = {
      header,
      merged,
      transactions: signedBy(body, senders),
      carried,
      parentTimestamp: parent.timestamp,
      override,
      state: override === undefined ? state : withChanges(state, override.changes),
      rules,
      blockHash: (number: bigint) => this.ancestorHash(parent, number),
    };
    return { request, selectedParent, certificates: rules.votes.certificates, fault };
  }

  /** [SHARD-12] */
  #carry(
    { header, body }: Pick<Unexecuted, "header" | "body">,
    { selectedParent }: Mergeset,
    rules: BlockRules,
    state: StateReader,
  ): CarriedMessages & { readonly fault?: string } {
    const { sharding } = this.#ports.parameters;
    if (sharding === undefined) return NO_MESSAGES;
    const block = this.carryingBlock(header, selectedParent, rules, state);
    return carryMessages(block, body.crossShard?.batches ?? [], sharding);
  }

  /** @throws ANCHOR_NOT_FINAL, STATE_UNAVAILABLE */
  carryingBlock(
    { anchor, timestampMs }: Pick<ExecutionHeader, "anchor" | "timestampMs">,
    selectedParent: Hash,
    { gasLimit }: Pick<BlockRules, "gasLimit">,
    state: StateReader = this.#ports.states.reader(selectedParent),
  ): CarryingBlock {
    const { blocks, anchored } = this.#ports;
    const parent = blocks.executedBlock(selectedParent);
    return {
      shard: parent.header.shard,
      selectedParent,
      timestamp: chainTimestamp(timestampMs, parent.timestamp),
      gasLimit,
      state,
      records: (anchor && anchored?.at(anchor)?.records) ?? [],
    };
  }

  async run(
    { request, selectedParent, certificates }: Execution,
    purpose: ExecutionPurpose,
    observer?: BlockObserver,
  ): Promise<Executed> {
    const { parameters, states, clock, evm, pace } = this.#ports;
    const askedMs = clock.nowMs();
    const watch = this.#meter.watch(purpose, observer);
    const result = await executeBlock(
      parameters,
      { ...request, observer: watch },
      { evm, isKeyValid, pace },
    ).finally(() => watch.end());
    // The engine runs one block at a time; the measured time excludes waiting.
    const startedMs = Math.max(askedMs, this.#freeMs);
    this.#freeMs = clock.nowMs();
    const layer = await runPaced(
      states.deriveInSteps(selectedParent, request.header.number, result.changes),
      pace,
    );
    this.slowGas.took(Number(result.gasUsed), clock.nowMs() - startedMs);
    return { result, layer, certificates };
  }

  /** [EXEC-20] */
  async examine(block: Block, ghostdag: Mergeset): Promise<Examined> {
    const { header, body } = block;
    let executed = this.#templates.count === 0 ? undefined : this.#templates.get(sealHash(header));
    if (executed === undefined) {
      const rules = this.rules(ghostdag, body, header);
      const difference = findRuleDifference(header, rules);
      if (difference !== undefined) return { difference };
      const senders = await this.sendersOf(block);
      const execution = await this.prepare({ header, body, senders }, ghostdag, rules);
      const { fault } = execution;
      if (fault !== undefined) return { difference: { field: "batches", got: fault, expected: "SHARD-12" } };
      executed = await this.run(execution, "import");
    }
    const difference = findRootDifference(header, executed.result, executed.layer.root);
    return difference === undefined ? { difference, executed } : { difference };
  }

  keepTemplate(sealed: Hash, executed: Executed): void {
    this.#templates.set(sealed, executed);
  }

  async sendersOf(block: Block): Promise<readonly Address[]> {
    const known = this.#senders.get(block.hash);
    if (known !== undefined) return known;
    const senders = await this.#recover(block);
    this.#senders.set(block.hash, senders);
    return senders;
  }

  /**
   * Waits until the blocks' senders are known, but not for blocks of later calls. If recovery fails here,
   * `sendersOf` repeats it and throws the error.
   */
  async recoverAhead(blocks: readonly Block[]): Promise<void> {
    const fresh = blocks.filter(({ hash }) => !this.#senders.has(hash) && !this.#recovering.has(hash));
    if (fresh.length > 0) {
      const recovery = this.#recoveries.run(() => this.#recoverTogether(fresh));
      for (const { hash } of fresh) this.#recovering.set(hash, recovery);
    }
    await Promise.all(new Set(blocks.map(({ hash }) => this.#recovering.get(hash))));
  }

  async #recoverTogether(blocks: readonly Block[]): Promise<void> {
    const transactions = blocks.flatMap(({ body }) => body.transactions);
    const recovered =
      transactions.length === 0 ? [] : await this.#ports.recoverSenders(transactions).catch(() => []);
    let next = 0;
    for (const { hash, body } of blocks) {
      this.#recovering.delete(hash);
      const end = next + body.transactions.length;
      const senders = recovered.slice(next, end).filter((sender) => typeof sender === "string");
      if (senders.length === body.transactions.length) this.#senders.set(hash, senders);
      next = end;
    }
  }

  /** The senders of a carrier are complete only if none of its transactions was skipped. */
  rememberSenders({ carriers, transactions }: ChainBlock): void {
    const known = new Map<Hash, Address[]>(carriers.map((carrier) => [carrier, []]));
    for (const { carrier, sender } of transactions) known.get(carrier)!.push(sender);
    for (const [carrier, senders] of known) {
      const isWhole = senders.length === this.#ports.blocks.storedBlock(carrier).body.transactions.length;
      if (isWhole) this.#senders.set(carrier, senders);
    }
  }

  async #recover({ hash, body }: Block): Promise<readonly Address[]> {
    const recovered = await this.#ports.recoverSenders(body.transactions);
    return recovered.map((sender, index) => {
      if (typeof sender === "string") return sender;
      throw ruleErrors.BLOCK_INVALID(
        {
          reason: "no sender recoverable from a transaction",
          block: hash,
          transaction: body.transactions[index]!.hash,
        },
        sender,
      );
    });
  }

  /** @param from need not be on the selected chain; undefined under genesis */
  ancestorHash(from: Pick<ChainBlock, "hash" | "header"> | undefined, number: bigint): Hash {
    const { origin, parameters } = this.#ports;
    const first = genesisNumber(parameters);
    const height = BigInt(from?.header.number ?? first - 1);
    if (number > height || number < 0n || number <= height - BigInt(BLOCK_HASHES)) return ZERO_HASH;
    if (from === undefined || number < BigInt(first)) return origin?.blockHash(Number(number)) ?? ZERO_HASH;
    let { hash } = from;
    for (let at = height; at > number; at--) {
      const onSelectedChain = this.#ports.blocks.hashByNumber(Number(at)) === hash;
      if (onSelectedChain) return this.#ports.blocks.hashByNumber(Number(number))!;
      hash = this.#ports.blocks.storedHeader(hash).parents[0]!;
    }
    return hash;
  }
}

function overrideFor(override: BlockOverride | undefined, state: StateReader) {
  if (override === undefined) return undefined;
  const { accounts = new Map(), prevRandao } = override;
  return { changes: overrideChanges(state, accounts), prevRandao };
}

function sizeOfTemplate({ result }: Executed): number {
  return Math.max(sizeOfExecution(result), TEMPLATE_BYTES_MAX / TEMPLATES_MAX);
}

function signedBy(body: Body, senders: readonly Address[]): SignedBy[] {
  return body.transactions.map((transaction, index) => ({ transaction, sender: senders[index]! }));
}
