import { type Clock, hexToBytes, isTrellisError, type Log } from "@trellis/base";
import {
  type AfterSlowGas,
  type Block,
  type BlockBuilder,
  type BlockTemplate,
  BODY_LIMITS,
  type Body,
  compactToTarget,
  createBlock,
  type Hash,
  type Header,
  type NetworkParameters,
  type SignedBy,
  sealHash,
  sealRoot,
  type TemplateRequest,
  type Transaction,
} from "@trellis/protocol";
import { bodySize } from "../consensus/rules/bodySize.ts";
import type { BlockTerms } from "../execution/blockTerms.ts";
import type { Executed, Execution } from "../execution/Executor.ts";
import type { CarriedVotes } from "../finality/certificates/findVotes.ts";
import type { Mempool } from "../mempool/index.ts";
import { type Draft, type DraftOptions, type DraftPorts, draftHeader, withRoots } from "./draftHeader.ts";
import type { Importer } from "./Importer.ts";
import { TimeBudget } from "./TimeBudget.ts";

interface VoteOffer {
  votesFor(selectedParent: Hash): CarriedVotes;
}

const NO_VOTES: CarriedVotes = { certificates: [], evidence: [] };

type Choose = (
  draft: Draft,
  merged: readonly Hash[],
  gasLimit: bigint,
  votes: CarriedVotes,
) => readonly SignedBy[];

interface Attempt {
  /** Selected parent first. */
  readonly parents: readonly Hash[];
  readonly votes: CarriedVotes;
  readonly choose: Choose;
}

/** Restarts because the sink moved. */
const RESTARTS_MAX = 8;
/** Each try excludes the slow transactions of the previous one. */
const BUDGET_TRIES_MAX = 4;
/** 50 ms at the slowest rate that any program should reach. [EXEC-34] */
const SMALL_TEMPLATE_GAS = 3_000_000n;

interface TemplateBuilderOptions extends DraftOptions {
  readonly parameters: NetworkParameters;
  /** Default: from the gas limit. ms */
  readonly blockTimeBudgetMs?: number;
}

interface TemplateBuilderPorts extends DraftPorts {
  readonly clock: Clock;
  readonly log: Log;
}

export class TemplateBuilder implements BlockBuilder {
  readonly #options: TemplateBuilderOptions;
  readonly #ports: TemplateBuilderPorts;
  readonly #importer: Pick<Importer, "sink" | "requireAvailable">;
  readonly #pool: Pick<Mempool, "select" | "recheck" | "avoid">;
  readonly #votes: VoteOffer;
  readonly #importBlock: (block: Block) => Promise<unknown>;
  readonly #inProgress = new Set<Promise<void>>();

  constructor(
    options: TemplateBuilderOptions,
    ports: TemplateBuilderPorts,
    importer: Pick<Importer, "sink" | "requireAvailable">,
    pool: Pick<Mempool, "select" | "recheck" | "avoid">,
    votes: VoteOffer,
    importBlock: (block: Block) => Promise<unknown>,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#importer = importer;
    this.#pool = pool;
    this.#votes = votes;
    this.#importBlock = importBlock;
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

  async #create(request: TemplateRequest): Promise<BlockTemplate> {
    this.#importer.requireAvailable();
    for (let restarts = 0; restarts < RESTARTS_MAX; restarts++) {
      const template = await this.#createOn(this.#importer.sink, request);
      if (template !== undefined) return template;
    }
    return this.#build(request, { parents: [this.#importer.sink], votes: NO_VOTES, choose: () => [] });
  }

  async #createOn(sink: Hash, request: TemplateRequest): Promise<BlockTemplate | undefined> {
    const merging = this.#ports.chainDag.dag.virtualParents(sink);
    const chosen: Choose = (...place) => this.#candidates(request.afterSlowGas ?? "wait", ...place);
    const none: Choose = () => [];
    const attempts: Attempt[] = [
      { parents: merging, votes: this.#votes.votesFor(sink), choose: chosen },
      { parents: merging, votes: NO_VOTES, choose: none },
      { parents: [sink], votes: NO_VOTES, choose: chosen },
      { parents: [sink], votes: NO_VOTES, choose: none },
    ];
    for (const [index, attempt] of attempts.entries()) {
      try {
        return await this.#buildWithinBudget(request, attempt);
      } catch (error) {
        if (this.#importer.sink !== sink) return undefined;
        if (index === attempts.length - 1) throw error;
        this.#ports.log.error("template.failed", { error: error as Error });
      }
    }
    return undefined;
  }

  /** [EXEC-28] */
  async #buildWithinBudget(request: TemplateRequest, attempt: Attempt): Promise<BlockTemplate> {
    for (let tries = 0; tries < BUDGET_TRIES_MAX; tries++) {
      try {
        return await this.#build(request, attempt);
      } catch (error) {
        if (!isTrellisError(error, "TEMPLATE_TOO_SLOW")) throw error;
      }
    }
    return this.#build(request, { ...attempt, choose: () => [] });
  }

  async importSealed({ header, body }: BlockTemplate, nonce: bigint): Promise<Hash> {
    const block = createBlock({ ...header, seal: { ...header.seal, nonce } }, body);
    await this.#importBlock(block);
    return block.hash;
  }

  /** Excludes slow transactions in the pool. @throws TEMPLATE_TOO_SLOW */
  async #build(
    request: TemplateRequest,
    { parents, votes: offered, choose }: Attempt,
  ): Promise<BlockTemplate> {
    const { executor, clock } = this.#ports;
    const { draft, context, terms } = draftHeader(this.#options, this.#ports, {
      ...request,
      parents,
      nowMs: clock.nowMs(),
      votes: offered,
    });
    const ownIndex = context.merged.length;
    const votes = usedOf(offered, terms);
    const merged = context.merged.map(({ hash }) => hash);
    const candidates = choose(draft, merged, terms.gasLimit, votes);
    const body = { ...votes, transactions: candidates.map(({ transaction }) => transaction) };
    const senders = candidates.map(({ sender }) => sender);
    const own = body.transactions.map(({ hash }) => hash);
    const budget = new TimeBudget(own, terms.gasLimit, this.#options.blockTimeBudgetMs);
    const execution = await executor.prepare({ header: draft, body, senders }, context, terms);
    const executed = await this.#execute(execution, budget);
    this.#pool.recheck(skippedOf(executed, ownIndex));
    const template = complete(draft, votes, executed, ownIndex);
    executor.keepTemplate(template.header, withoutOwnSkipped(executed, ownIndex));
    return template;
  }

  async #execute(execution: Execution, budget: TimeBudget): Promise<Executed> {
    try {
      const executed = await this.#ports.executor.run(execution, "template", budget);
      budget.check();
      return executed;
    } catch (error) {
      if (isTrellisError(error, "TEMPLATE_TOO_SLOW")) {
        const leftOut = budget.toLeaveOut();
        this.#pool.avoid(leftOut);
        this.#ports.log.warn("template.slow", {
          ...error.facts,
          leftOut: leftOut.length,
          first: leftOut[0],
        });
      }
      throw error;
    }
  }

  /** After slow gas the selection is small, so that other transactions do not wait. [EXEC-34] */
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

  /** Merging large, perhaps slow, blocks is enough work for one chain block. */
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
    const selected = this.#pool.select({
      baseFee: draft.baseFee,
      gasMax,
      bytesMax: bodyBytesMax,
      countMax: BODY_LIMITS.transactionsMax,
      carried: new Set(carried),
    });
    return withinSize(selected, votes, bodyBytesMax);
  }
}

function isSmall(transactions: readonly Transaction[]): boolean {
  return transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n) <= SMALL_TEMPLATE_GAS;
}

function usedOf({ certificates, evidence }: CarriedVotes, { votes }: BlockTerms): CarriedVotes {
  return {
    certificates: certificates.filter((certificate) => votes.certificates.includes(certificate)),
    evidence: evidence.filter((item) => votes.evidence.includes(item)),
  };
}

/** The selection does not count RLP headers. */
function withinSize(selected: readonly SignedBy[], votes: CarriedVotes, bytesMax: number): SignedBy[] {
  const fitting = [...selected];
  const size = () => bodySize({ ...votes, transactions: fitting.map(({ transaction }) => transaction) });
  while (size() > bytesMax) fitting.pop();
  return fitting;
}

function complete(
  draft: Draft,
  votes: CarriedVotes,
  { result, layer }: Executed,
  ownIndex: number,
): BlockTemplate {
  const body: Body = {
    ...votes,
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
