import { hexToBytes } from "@trellis/base";
import {
  type Block,
  type BlockBuilder,
  type BlockTemplate,
  BODY_LIMITS,
  type Body,
  compactToTarget,
  createBlock,
  type Hash,
  type Header,
  type SignedBy,
  sealHash,
  sealRoot,
  type TemplateRequest,
} from "@trellis/protocol";
import { bodySize } from "../intake/bodySize.ts";
import type { Mempool } from "../mempool/index.ts";
import { type Draft, draftHeader, withRoots } from "./draftHeader.ts";
import type { Executed } from "./Executor.ts";
import type { Importer } from "./Importer.ts";
import type { Stages } from "./Stages.ts";
import type { BlockTerms } from "./votes/blockTerms.ts";
import type { CarriedVotes } from "./votes/findVotes.ts";

/** Certificates and evidence that wait for a block. */
export interface VoteOffer {
  /** What a block on `selectedParent` can use, at most as much as a body takes. */
  votesFor(selectedParent: Hash): CarriedVotes;
}

const NO_VOTES: CarriedVotes = { certificates: [], evidence: [] };

/** Chooses transactions for a block with this draft, which merges these blocks and carries these votes. */
type Choose = (
  draft: Draft,
  merged: readonly Hash[],
  gasLimit: bigint,
  votes: CarriedVotes,
) => readonly SignedBy[];

/** Builds blocks on the sink and takes them back sealed. */
export class TemplateBuilder implements BlockBuilder {
  readonly #stages: Stages;
  readonly #importer: Pick<Importer, "sink">;
  readonly #pool: Pick<Mempool, "select" | "recheck">;
  readonly #votes: VoteOffer;
  readonly #importBlock: (block: Block) => Promise<unknown>;

  constructor(
    stages: Stages,
    importer: Pick<Importer, "sink">,
    pool: Pick<Mempool, "select" | "recheck">,
    votes: VoteOffer,
    importBlock: (block: Block) => Promise<unknown>,
  ) {
    this.#stages = stages;
    this.#importer = importer;
    this.#pool = pool;
    this.#votes = votes;
    this.#importBlock = importBlock;
  }

  /** Parents from the DAG, transactions and votes that wait, roots from executing them. [EXEC-24] */
  async createTemplate(request: TemplateRequest): Promise<BlockTemplate> {
    const { log } = this.#stages.ports;
    const sink = this.#importer.sink;
    const merging = this.#stages.chainDag.dag.virtualParents(sink);
    const chosen: Choose = (...place) => this.#candidates(...place);
    const attempts: [parents: readonly Hash[], votes: CarriedVotes, choose: Choose][] = [
      [merging, this.#votes.votesFor(sink), chosen],
      [merging, NO_VOTES, () => []],
      [[sink], NO_VOTES, chosen],
    ];
    for (const attempt of attempts) {
      try {
        return await this.#build(request, ...attempt);
      } catch (error) {
        log.error("a template could not be executed", { error: error as Error });
      }
    }
    return this.#build(request, [sink], NO_VOTES, () => []);
  }

  async importSealed({ header, body }: BlockTemplate, nonce: bigint): Promise<Hash> {
    const block = createBlock({ ...header, seal: { ...header.seal, nonce } }, body);
    await this.#importBlock(block);
    return block.hash;
  }

  async #build(
    request: TemplateRequest,
    parents: readonly Hash[],
    offered: CarriedVotes,
    choose: Choose,
  ): Promise<BlockTemplate> {
    const { executor, ports } = this.#stages;
    const { draft, place, terms } = draftHeader(this.#stages, {
      ...request,
      parents,
      nowMs: ports.clock.nowMs(),
      votes: offered,
    });
    const ownIndex = place.merged.length;
    const votes = usedOf(offered, terms);
    const merged = place.merged.map(({ hash }) => hash);
    const candidates = choose(draft, merged, terms.gasLimit, votes);
    const body = { ...votes, transactions: candidates.map(({ transaction }) => transaction) };
    const senders = candidates.map(({ sender }) => sender);
    const executed = await executor.run(
      await executor.request(draft, body, senders, place, terms),
      place,
      terms,
    );
    this.#pool.recheck(skippedOf(executed, ownIndex));
    const template = complete(draft, votes, executed, ownIndex);
    executor.keepTemplate(template.header, withoutOwnSkipped(executed, ownIndex));
    return template;
  }

  #candidates(...[draft, merged, gasMax, votes]: Parameters<Choose>): readonly SignedBy[] {
    const { blocks, options } = this.#stages;
    const { bodyBytesMax } = options.parameters;
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

/** What the block would do something with that no block before it brings. */
function usedOf({ certificates, evidence }: CarriedVotes, { votes }: BlockTerms): CarriedVotes {
  return {
    certificates: certificates.filter((certificate) => votes.certificates.includes(certificate)),
    evidence: evidence.filter((item) => votes.evidence.includes(item)),
  };
}

/** Leaves the last ones out that do not fit with what the encoding puts before each. */
function withinSize(selected: readonly SignedBy[], votes: CarriedVotes, bytesMax: number): SignedBy[] {
  const fitting = [...selected];
  const size = () => bodySize({ ...votes, transactions: fitting.map(({ transaction }) => transaction) });
  while (size() > bytesMax) fitting.pop();
  return fitting;
}

/** The template's header with the roots, and its body without what could not run. */
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

/** Transactions that could not run are left out of the block, and so of its record. */
function withoutOwnSkipped({ result, ...others }: Executed, ownIndex: number): Executed {
  const skipped = result.skipped.filter(({ carrierIndex }) => carrierIndex !== ownIndex);
  return { result: { ...result, skipped }, ...others };
}
