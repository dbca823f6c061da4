import {
  type Clock,
  hexToBytes,
  isTrellisError,
  type Log,
  type Tracing,
  type TrellisError,
} from "@trellis/base";
import {
  type AfterSlowGas,
  type BlockBuilder,
  type BlockTemplate,
  BODY_LIMITS,
  type Body,
  compactToTarget,
  createBlock,
  type Hash,
  type Header,
  headerHash,
  type MessageBatch,
  messageGas,
  type SignedBy,
  sealHash,
  sealRoot,
  type TemplateRequest,
  type Transaction,
  tracedKeys,
} from "@trellis/protocol";
import { oldestAnchor, parentsToName } from "../consensus/rules/anchor.ts";
import { bodySize } from "../consensus/rules/bodySize.ts";
import type { BlockRules } from "../execution/blockRules.ts";
import type { Executed } from "../execution/Executor.ts";
import type { CarriedVotes } from "../finality/certificates/findVotes.ts";
import type { Mempool } from "../mempool/index.ts";
import { buildBatches, type Outboxes } from "../shards/buildBatches.ts";
import { olderAnchors } from "../shards/olderAnchors.ts";
import type { ChainControl, ControlledRequest } from "./ChainControl.ts";
import {
  type Draft,
  type DraftOptions,
  type DraftPorts,
  type DraftRequest,
  draftHeader,
  withRoots,
} from "./draftHeader.ts";
import { chainErrors } from "./errors.ts";
import type { Importer } from "./Importer.ts";
import { TimeBudget } from "./TimeBudget.ts";

const NO_VOTES: CarriedVotes = { certificates: [], evidence: [] };

type Choose = (
  draft: Draft,
  merged: readonly Hash[],
  /** Without that of messages. */
  gasLimit: bigint,
  lists: CarriedVotes,
) => readonly SignedBy[];

const chooseNone: Choose = () => [];

const NO_OUTBOXES: Outboxes = { open: () => undefined };

interface Attempt {
  readonly parents: readonly Hash[];
  readonly votes: CarriedVotes;
  readonly choose: Choose;
}

type Built =
  | { readonly kind: "complete"; readonly template: BlockTemplate }
  | { readonly kind: "tooSlow"; readonly fault: TrellisError }
  /** With these parents, or data. */
  | { readonly kind: "messagesMissing"; readonly fault: TrellisError }
  | { readonly kind: "failed"; readonly fault: unknown };

/** With batches in networks with several shards. */
type Drafted = ReturnType<typeof draftHeader> & { readonly batches?: readonly MessageBatch[] };

const RESTARTS_MAX = 8;
const BUDGET_TRIES_MAX = 4;
/** Runs in 50 ms at the slowest expected rate. [EXEC-34] */
const SMALL_TEMPLATE_GAS = 3_000_000n;

interface TemplateBuilderOptions extends DraftOptions {
  readonly blockTimeBudgetMs?: number;
}

interface TemplateBuilderPorts extends DraftPorts {
  readonly importer: Pick<Importer, "sink" | "requireAvailable" | "importBlock">;
  /** Default: blocks name no newer anchors. */
  readonly outboxes?: Outboxes | undefined;
  readonly pool: Pick<Mempool, "select" | "recheck" | "avoid">;
  readonly finality: { votesFor(selectedParent: Hash): CarriedVotes };
  /** Time of blocks. */
  readonly clock: Clock;
  readonly control?: Pick<ChainControl, "prepare" | "made"> | undefined;
  readonly log: Log;
  readonly tracing: Tracing;
}

export class TemplateBuilder implements BlockBuilder {
  readonly #options: TemplateBuilderOptions;
  readonly #ports: TemplateBuilderPorts;
  readonly #requests = new WeakMap<BlockTemplate, ControlledRequest>();
  readonly #inProgress = new Set<Promise<void>>();

  constructor(options: TemplateBuilderOptions, ports: TemplateBuilderPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** [EXEC-24] @throws CHAIN_UNAVAILABLE */
  createTemplate(request: TemplateRequest): Promise<BlockTemplate> {
    const template = this.#create(request);
    const settled = template.then(
      () => {},
      () => {},
    );
    this.#inProgress.add(settled);
    settled.then(() => this.#inProgress.delete(settled));
    return template;
  }

  async idle(): Promise<void> {
    while (this.#inProgress.size > 0) await Promise.all(this.#inProgress);
  }

  async importSealed(template: BlockTemplate, nonce: bigint): Promise<Hash> {
    const { header, body } = template;
    const block = createBlock({ ...header, seal: { ...header.seal, nonce } }, body);
    await this.#ports.importer.importBlock(block, "sealedHere");
    const request = this.#requests.get(template);
    if (request !== undefined) await this.#ports.control?.made(request);
    return block.hash;
  }

  async #create(asked: TemplateRequest): Promise<BlockTemplate> {
    const { importer } = this.#ports;
    importer.requireAvailable();
    const request = (await this.#ports.control?.prepare(asked)) ?? asked;
    for (let restarts = 0; restarts < RESTARTS_MAX; restarts++) {
      const { sink } = importer;
      try {
        const template = await this.#createOn(sink, this.#attemptsOn(sink, request), request);
        this.#requests.set(template, request);
        return template;
      } catch (error) {
        if (importer.sink === sink) throw error;
      }
    }
    const { sink } = importer;
    return this.#createOn(sink, [{ parents: [sink], votes: NO_VOTES, choose: chooseNone }], request);
  }

  #attemptsOn(sink: Hash, { afterSlowGas = "wait", override }: TemplateRequest): readonly Attempt[] {
    const { chainDag, finality } = this.#ports;
    const tips = chainDag.dag.virtualParents(sink);
    const merging = this.#options.shard === 0 ? tips : parentsToName(this.#ports, tips);
    const choose: Choose =
      override === undefined ? (...place) => this.#candidates(afterSlowGas, ...place) : chooseNone;
    const alone = [sink];
    return [
      { parents: merging, votes: finality.votesFor(sink), choose },
      { parents: merging, votes: NO_VOTES, choose: chooseNone },
      { parents: alone, votes: NO_VOTES, choose },
      { parents: alone, votes: NO_VOTES, choose: chooseNone },
    ];
  }

  async #createOn(
    sink: Hash,
    attempts: readonly Attempt[],
    request: ControlledRequest,
  ): Promise<BlockTemplate> {
    let failed: { readonly kind: Built["kind"]; readonly fault: unknown } | undefined;
    let parents: readonly Hash[] | undefined;
    for (const attempt of attempts) {
      // Data of other shards can be missing for a while. Only other parents permit an older anchor.
      if (failed?.kind === "messagesMissing" && attempt.parents === parents) continue;
      if (failed !== undefined && failed.kind !== "messagesMissing")
        this.#ports.log.error("template.failed", { error: failed.fault as Error });
      const built = await this.#buildWithinBudget(request, attempt);
      if (built.kind === "complete") return built.template;
      failed = built;
      parents = attempt.parents;
      if (this.#ports.importer.sink !== sink) break;
    }
    throw failed?.fault;
  }

  async #buildWithinBudget(request: ControlledRequest, attempt: Attempt): Promise<Built> {
    for (let tries = 0; tries < BUDGET_TRIES_MAX; tries++) {
      const built = await this.#build(request, attempt);
      if (built.kind !== "tooSlow") return built;
    }
    return this.#build(request, { ...attempt, choose: chooseNone });
  }

  async #build(request: ControlledRequest, { parents, votes: offered, choose }: Attempt): Promise<Built> {
    const { executor, pool, clock } = this.#ports;
    const nowMs = request.timestampMs ?? clock.nowMs();
    const drafted = this.#tryDraft({ ...request, parents, nowMs, votes: offered });
    if ("kind" in drafted) return drafted;
    const { draft, context, rules, batches } = drafted;
    const ownIndex = context.merged.length;
    const lists = usedOf(offered, rules, batches);
    const merged = context.merged.map(({ hash }) => hash);
    const candidates = choose(draft, merged, rules.gasLimit - gasOfMessages(lists), lists);
    const body = { ...lists, transactions: candidates.map(({ transaction }) => transaction) };
    const senders = candidates.map(({ sender }) => sender);
    const own = body.transactions.map(({ hash }) => hash);
    const budget = new TimeBudget(own, rules.gasLimit, this.#options.blockTimeBudgetMs);
    let executed: Executed;
    try {
      executed = await this.#traced(body, async () => {
        const execution = await executor.prepare({ header: draft, body, senders }, context, rules);
        return executor.run(execution, "template", budget);
      });
      if (executed.result.hasFailedDelivery)
        throw chainErrors.MESSAGES_UNAVAILABLE({ reason: "failed delivery" });
      budget.check();
    } catch (error) {
      return this.#faultOf(error, budget);
    }
    pool.recheck(skippedOf(executed, ownIndex));
    const { sealed, template } = complete(draft, lists, executed, ownIndex);
    executor.keepTemplate(sealed, withoutOwnSkipped(executed, ownIndex));
    return { kind: "complete", template };
  }

  #tryDraft(request: DraftRequest): Drafted | Built {
    try {
      return this.#draft(request);
    } catch (error) {
      if (isTrellisError(error, "MESSAGES_UNAVAILABLE")) return { kind: "messagesMissing", fault: error };
      throw error;
    }
  }

  /** Names the newest anchor whose messages this node can carry. [SHARD-12] @throws MESSAGES_UNAVAILABLE */
  #draft(request: DraftRequest): Drafted {
    const newest = draftHeader(this.#options, this.#ports, request);
    const { anchor } = newest.draft;
    if (anchor === undefined) return newest;
    const { anchors } = this.#ports;
    const oldest = oldestAnchor(this.#ports, newest.draft, newest.context.selectedParent);
    for (const each of olderAnchors(anchor, oldest, anchors)) {
      const drafted =
        each === anchor ? newest : draftHeader(this.#options, this.#ports, { ...request, anchor: each });
      const batches = this.#batches(drafted);
      if (batches !== undefined) return { ...drafted, batches };
    }
    throw chainErrors.MESSAGES_UNAVAILABLE({ reason: "no anchor has all messages", number: oldest.number });
  }

  #batches({ draft, context, rules }: Drafted): readonly MessageBatch[] | undefined {
    const { executor, outboxes = NO_OUTBOXES } = this.#ports;
    try {
      const block = executor.carryingBlock(draft, context.selectedParent, rules);
      return buildBatches(block, outboxes, this.#options.parameters.sharding!);
    } catch (error) {
      if (isTrellisError(error, "ANCHOR_NOT_FINAL")) return undefined;
      throw error;
    }
  }

  #traced<T>(body: Body, run: () => Promise<T>): Promise<T> {
    const { tracing } = this.#ports;
    const parent = tracing.recall(tracedKeys(body));
    const facts = { "trellis.block.transactions": body.transactions.length };
    return tracing.span("block.template", { facts, parent }, run);
  }

  /** Every execution error except a damaged store is a fault of the engine or a worker. */
  #faultOf(error: unknown, budget: TimeBudget): Built {
    if (isTrellisError(error, "TEMPLATE_TOO_SLOW")) {
      this.#leaveOut(budget.toLeaveOut(), error);
      return { kind: "tooSlow", fault: error };
    }
    if (isTrellisError(error) && error.consequence === "fatal") throw error;
    return { kind: "failed", fault: error };
  }

  #leaveOut(slow: readonly Hash[], { facts }: TrellisError): void {
    this.#ports.pool.avoid(slow);
    this.#ports.log.warn("template.slow", { ...facts, leftOut: slow.length, first: slow[0] });
  }

  #candidates(
    afterSlowGas: AfterSlowGas,
    ...[draft, merged, gasLimit, lists]: Parameters<Choose>
  ): readonly SignedBy[] {
    const choose = (gasMax: bigint) => this.#select(draft, merged, gasMax, lists);
    const all = choose(gasLimit);
    if (afterSlowGas === "take" || isSmall(all.map(({ transaction }) => transaction))) return all;
    const { slowGas } = this.#ports.executor;
    const mayTakeAll = afterSlowGas === "last" ? !slowGas.isRecovering : this.#hasTurn(merged);
    if (mayTakeAll) return all;
    const small = choose(gasLimit < SMALL_TEMPLATE_GAS ? gasLimit : SMALL_TEMPLATE_GAS);
    return small.length === 0 && afterSlowGas === "last" ? all : small;
  }

  #hasTurn(merged: readonly Hash[]): boolean {
    const { blocks, executor } = this.#ports;
    if (!executor.slowGas.hasTurn()) return false;
    return (
      !executor.slowGas.isLikely ||
      merged.every((hash) => isSmall(blocks.storedBlock(hash).body.transactions))
    );
  }

  #select(...[draft, merged, gasMax, lists]: Parameters<Choose>): readonly SignedBy[] {
    const { blocks } = this.#ports;
    const { bodyBytesMax } = this.#options.parameters;
    const carried = merged.flatMap((hash) =>
      blocks.storedBlock(hash).body.transactions.map((transaction) => transaction.hash),
    );
    const selected = this.#ports.pool.select({
      baseFee: draft.baseFee,
      gasMax,
      bytesMax: bodyBytesMax,
      countMax: BODY_LIMITS.transactionsMax,
      carried: new Set(carried),
    });
    return withinSize(selected, lists, bodyBytesMax);
  }
}

function isSmall(transactions: readonly Transaction[]): boolean {
  return transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n) <= SMALL_TEMPLATE_GAS;
}

/** @param batches in networks with several shards */
function usedOf(
  { certificates, evidence, crossShard }: CarriedVotes,
  { votes }: BlockRules,
  batches: readonly MessageBatch[] | undefined,
): CarriedVotes {
  const recorded = new Set(votes.crossLinks.map(({ record }) => record.hash));
  const crossLinks = crossShard?.crossLinks.filter(({ header }) => recorded.has(headerHash(header))) ?? [];
  return {
    certificates: certificates.filter((certificate) => votes.certificates.includes(certificate)),
    evidence: evidence.filter((item) => votes.evidence.includes(item)),
    ...(batches && { crossShard: { batches, crossLinks } }),
  };
}

function gasOfMessages({ crossShard }: CarriedVotes): bigint {
  const messages = crossShard?.batches.flatMap((batch) => batch.messages) ?? [];
  return messages.reduce((gas, message) => gas + messageGas(message), 0n);
}

/** The selection ignores RLP prefixes, so its last transactions may exceed the limit. */
function withinSize(selected: readonly SignedBy[], lists: CarriedVotes, bytesMax: number): SignedBy[] {
  const fitting = [...selected];
  const size = () => bodySize({ ...lists, transactions: fitting.map(({ transaction }) => transaction) });
  while (size() > bytesMax) fitting.pop();
  return fitting;
}

function complete(
  draft: Draft,
  lists: CarriedVotes,
  { result, layer }: Executed,
  ownIndex: number,
): { readonly sealed: Hash; readonly template: BlockTemplate } {
  const body: Body = {
    ...lists,
    transactions: result.accepted
      .filter(({ carrierIndex }) => carrierIndex === ownIndex)
      .map(({ transaction }) => transaction),
  };
  const header: Header = withRoots(draft, body, result, layer.root);
  const sealed = sealHash(header);
  return {
    sealed,
    template: {
      header,
      body,
      sealRoot: hexToBytes(sealRoot(header.shard, sealed, header.seal.branch)),
      target: compactToTarget(header.bits),
    },
  };
}

function skippedOf({ result }: Executed, ownIndex: number): Hash[] {
  return result.skipped
    .filter(({ carrierIndex }) => carrierIndex === ownIndex)
    .map(({ transactionHash }) => transactionHash);
}

function withoutOwnSkipped({ result, ...others }: Executed, ownIndex: number): Executed {
  const skipped = result.skipped.filter(({ carrierIndex }) => carrierIndex !== ownIndex);
  return { result: { ...result, skipped }, ...others };
}
