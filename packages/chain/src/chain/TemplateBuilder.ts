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
  type BodyLists,
  compactToTarget,
  createBlock,
  EMPTY_CROSS_SHARD_LISTS,
  type Hash,
  type Header,
  type SignedBy,
  sealHash,
  sealRoot,
  type TemplateRequest,
  type Transaction,
  tracedKeys,
} from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";
import type { BlockRules } from "../execution/blockRules.ts";
import type { Executed } from "../execution/Executor.ts";
import type { CarriedVotes } from "../finality/certificates/findVotes.ts";
import type { Mempool } from "../mempool/index.ts";
import type { ChainControl, ControlledRequest } from "./ChainControl.ts";
import { type Draft, type DraftOptions, type DraftPorts, draftHeader, withRoots } from "./draftHeader.ts";
import type { Importer } from "./Importer.ts";
import { TimeBudget } from "./TimeBudget.ts";

const NO_VOTES: CarriedVotes = { certificates: [], evidence: [] };

type Choose = (
  draft: Draft,
  merged: readonly Hash[],
  gasLimit: bigint,
  votes: CarriedVotes,
) => readonly SignedBy[];

const chooseNone: Choose = () => [];

interface Attempt {
  readonly parents: readonly Hash[];
  readonly votes: CarriedVotes;
  readonly choose: Choose;
}

type Built =
  | { readonly kind: "complete"; readonly template: BlockTemplate }
  | { readonly kind: "tooSlow"; readonly fault: TrellisError }
  | { readonly kind: "failed"; readonly fault: unknown };

const RESTARTS_MAX = 8;
const BUDGET_TRIES_MAX = 4;
/** Runs in 50 ms at the slowest expected rate. [EXEC-34] */
const SMALL_TEMPLATE_GAS = 3_000_000n;

interface TemplateBuilderOptions extends DraftOptions {
  readonly blockTimeBudgetMs?: number;
}

interface TemplateBuilderPorts extends DraftPorts {
  readonly importer: Pick<Importer, "sink" | "requireAvailable" | "importBlock">;
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
    const merging = chainDag.dag.virtualParents(sink);
    const choose: Choose =
      override === undefined ? (...place) => this.#candidates(afterSlowGas, ...place) : chooseNone;
    return [
      { parents: merging, votes: finality.votesFor(sink), choose },
      { parents: merging, votes: NO_VOTES, choose: chooseNone },
      { parents: [sink], votes: NO_VOTES, choose },
      { parents: [sink], votes: NO_VOTES, choose: chooseNone },
    ];
  }

  async #createOn(
    sink: Hash,
    attempts: readonly Attempt[],
    request: ControlledRequest,
  ): Promise<BlockTemplate> {
    let fault: unknown;
    for (const [index, attempt] of attempts.entries()) {
      if (index > 0) this.#ports.log.error("template.failed", { error: fault as Error });
      const built = await this.#buildWithinBudget(request, attempt);
      if (built.kind === "complete") return built.template;
      fault = built.fault;
      if (this.#ports.importer.sink !== sink) break;
    }
    throw fault;
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
    const { draft, context, rules } = draftHeader(this.#options, this.#ports, {
      ...request,
      parents,
      nowMs: request.timestampMs ?? clock.nowMs(),
      votes: offered,
    });
    const ownIndex = context.merged.length;
    const votes = usedOf(offered, rules);
    const merged = context.merged.map(({ hash }) => hash);
    const candidates = choose(draft, merged, rules.gasLimit, votes);
    const body = { ...votes, transactions: candidates.map(({ transaction }) => transaction) };
    const senders = candidates.map(({ sender }) => sender);
    const own = body.transactions.map(({ hash }) => hash);
    const budget = new TimeBudget(own, rules.gasLimit, this.#options.blockTimeBudgetMs);
    let executed: Executed;
    try {
      executed = await this.#traced(body, async () => {
        const execution = await executor.prepare({ header: draft, body, senders }, context, rules);
        return executor.run(execution, "template", budget);
      });
      budget.check();
    } catch (error) {
      return this.#faultOf(error, budget);
    }
    pool.recheck(skippedOf(executed, ownIndex));
    const template = complete(draft, votes, executed, ownIndex);
    executor.keepTemplate(template.header, withoutOwnSkipped(executed, ownIndex));
    return { kind: "complete", template };
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
    ...[draft, merged, gasLimit, votes]: Parameters<Choose>
  ): readonly SignedBy[] {
    const choose = (gasMax: bigint) => this.#select(draft, merged, gasMax, votes);
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

  #select(...[draft, merged, gasMax, votes]: Parameters<Choose>): readonly SignedBy[] {
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
    return withinSize(selected, { ...votes, ...crossShardOf(draft) }, bodyBytesMax);
  }
}

function isSmall(transactions: readonly Transaction[]): boolean {
  return transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n) <= SMALL_TEMPLATE_GAS;
}

function usedOf({ certificates, evidence }: CarriedVotes, { votes }: BlockRules): CarriedVotes {
  return {
    certificates: certificates.filter((certificate) => votes.certificates.includes(certificate)),
    evidence: evidence.filter((item) => votes.evidence.includes(item)),
  };
}

/** The selection ignores RLP prefixes, so its last transactions may exceed the limit. */
function withinSize(selected: readonly SignedBy[], lists: BodyLists, bytesMax: number): SignedBy[] {
  const fitting = [...selected];
  const size = () => bodySize({ ...lists, transactions: fitting.map(({ transaction }) => transaction) });
  while (size() > bytesMax) fitting.pop();
  return fitting;
}

function crossShardOf({ anchor }: Draft): Pick<Body, "crossShard"> {
  return anchor === undefined ? {} : { crossShard: EMPTY_CROSS_SHARD_LISTS };
}

function complete(
  draft: Draft,
  votes: CarriedVotes,
  { result, layer }: Executed,
  ownIndex: number,
): BlockTemplate {
  const body: Body = {
    ...votes,
    ...crossShardOf(draft),
    transactions: result.accepted
      .filter(({ carrierIndex }) => carrierIndex === ownIndex)
      .map(({ transaction }) => transaction),
  };
  const header: Header = withRoots(draft, body, result, layer.root);
  return {
    header,
    body,
    sealRoot: hexToBytes(sealRoot(header.shard, sealHash(header), header.seal.branch)),
    target: compactToTarget(header.bits),
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
