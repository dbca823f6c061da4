import { hexToBytes } from "@trellis/base";
import {
  type Block,
  type BlockBuilder,
  type BlockTemplate,
  type Body,
  compactToTarget,
  createBlock,
  EMPTY_BODY,
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

/** Transactions of one body. Gas bounds them first; this bounds the work of choosing. */
const TRANSACTIONS_MAX = 4_096;

/** Builds blocks on the sink and takes them back sealed. */
export class TemplateBuilder implements BlockBuilder {
  readonly #stages: Stages;
  readonly #importer: Pick<Importer, "sink">;
  readonly #pool: Pick<Mempool, "select" | "recheck">;
  readonly #importBlock: (block: Block) => Promise<unknown>;

  constructor(
    stages: Stages,
    importer: Pick<Importer, "sink">,
    pool: Pick<Mempool, "select" | "recheck">,
    importBlock: (block: Block) => Promise<unknown>,
  ) {
    this.#stages = stages;
    this.#importer = importer;
    this.#pool = pool;
    this.#importBlock = importBlock;
  }

  /** Parents from the DAG, transactions from the pool, roots from executing them. [EXEC-24] */
  async createTemplate(request: TemplateRequest): Promise<BlockTemplate> {
    const { log } = this.#stages.ports;
    const sink = this.#importer.sink;
    const parents = this.#stages.chainDag.dag.virtualParents(sink);
    try {
      return await this.#build(request, parents, (draft, merged) => this.#candidates(draft, merged));
    } catch (error) {
      log.error("a template could not be executed", { error: error as Error });
    }
    try {
      return await this.#build(request, parents, () => []);
    } catch (error) {
      log.error("a template without transactions could not be executed", { error: error as Error });
    }
    return this.#build(request, [sink], () => []);
  }

  async importSealed({ header, body }: BlockTemplate, nonce: bigint): Promise<Hash> {
    const block = createBlock({ ...header, seal: { ...header.seal, nonce } }, body);
    await this.#importBlock(block);
    return block.hash;
  }

  async #build(
    request: TemplateRequest,
    parents: readonly Hash[],
    choose: (draft: Draft, merged: readonly Hash[]) => readonly SignedBy[],
  ): Promise<BlockTemplate> {
    const { executor, ports } = this.#stages;
    const { draft, place } = draftHeader(this.#stages, { ...request, parents, nowMs: ports.clock.nowMs() });
    const ownIndex = place.merged.length;
    const candidates = choose(
      draft,
      place.merged.map(({ hash }) => hash),
    );
    const body = { ...EMPTY_BODY, transactions: candidates.map(({ transaction }) => transaction) };
    const senders = candidates.map(({ sender }) => sender);
    const executed = await executor.run(await executor.request(draft, body, senders, place), place);
    this.#pool.recheck(skippedOf(executed, ownIndex));
    const template = complete(draft, executed, ownIndex);
    executor.keepTemplate(template.header, withoutOwnSkipped(executed, ownIndex));
    return template;
  }

  #candidates(draft: Draft, merged: readonly Hash[]): readonly SignedBy[] {
    const { blocks, options } = this.#stages;
    const { gasLimit, bodyBytesMax } = options.parameters;
    const carried = merged.flatMap((hash) =>
      blocks.storedBlock(hash).body.transactions.map((transaction) => transaction.hash),
    );
    const selected = this.#pool.select({
      baseFee: draft.baseFee,
      gasMax: gasLimit,
      bytesMax: bodyBytesMax,
      countMax: TRANSACTIONS_MAX,
      carried: new Set(carried),
    });
    return withinSize(selected, bodyBytesMax);
  }
}

/** Leaves the last ones out that do not fit with what the encoding puts before each. */
function withinSize(selected: readonly SignedBy[], bytesMax: number): SignedBy[] {
  const fitting = [...selected];
  const size = () => bodySize({ ...EMPTY_BODY, transactions: fitting.map(({ transaction }) => transaction) });
  while (size() > bytesMax) fitting.pop();
  return fitting;
}

/** The template's header with the roots, and its body without what could not run. */
function complete(draft: Draft, { result, layer }: Executed, ownIndex: number): BlockTemplate {
  const body: Body = {
    ...EMPTY_BODY,
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
function withoutOwnSkipped({ result, layer }: Executed, ownIndex: number): Executed {
  const skipped = result.skipped.filter(({ carrierIndex }) => carrierIndex !== ownIndex);
  return { result: { ...result, skipped }, layer };
}
