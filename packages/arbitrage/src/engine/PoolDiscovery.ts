import { isTrellisError } from "@trellis/base";
import type { ChainBlock, ChainClient, LogFilter } from "@trellis/client";
import type { PoolFactory } from "../pools/book/PoolFactory.ts";
import type { PoolAddress, TokenAddress } from "../pools/Pool.ts";
import type { PoolSource } from "../pools/sources/PoolSource.ts";

export interface WatchedFactory {
  readonly factory: PoolFactory;
  readonly fromHeight: number;
}

interface Range {
  readonly factory: PoolFactory;
  readonly since: number;
  from: number;
}

type Head = Pick<ChainBlock, "height" | "hash">;

const LOG_BLOCKS_MAX = 5_000;
const REQUESTS_AT_ONCE = 8;
/** Per call of `reach`: trades are tracked between calls. */
const REQUESTS_MAX = 64;

/** Keeps pools whose creation was reorganised out. */
export class PoolDiscovery {
  readonly #client: Pick<ChainClient, "logs">;
  readonly #sources = new Map<PoolAddress, PoolSource>();
  readonly #ranges: readonly Range[];
  readonly #blocksMax: number;
  #head: Head | undefined;

  constructor(
    factories: readonly WatchedFactory[],
    { tokens, blocksMax }: { readonly tokens?: ReadonlySet<TokenAddress>; readonly blocksMax: number },
    client: Pick<ChainClient, "logs">,
  ) {
    this.#client = client;
    this.#blocksMax = blocksMax;
    this.#ranges = factories.map(({ factory, fromHeight }) => ({
      factory: ofTokens(factory, tokens),
      since: fromHeight,
      from: fromHeight,
    }));
  }

  get sources(): Iterable<PoolSource> {
    return this.#sources.values();
  }

  /**
   * Searches for pools up to the head. If the head has changed, rescans the blocks that a reorganisation may
   * have replaced.
   * @returns false if blocks remain: call again
   */
  async reach({ height, hash }: Head): Promise<boolean> {
    if (this.#head !== undefined && this.#head.hash !== hash) {
      const first = this.#head.height + 1 - this.#blocksMax;
      for (const range of this.#ranges) range.from = Math.max(range.since, Math.min(range.from, first));
    }
    this.#head = { height, hash };
    for (let asked = 0; asked < REQUESTS_MAX; asked += REQUESTS_AT_ONCE) {
      const questions = this.#questionsUpTo(height).slice(0, REQUESTS_AT_ONCE);
      if (questions.length === 0) return true;
      const answers = await Promise.all(questions.map(({ filter }) => this.#client.logs(filter)));
      for (const [place, { range, filter }] of questions.entries()) {
        for (const log of answers[place] ?? []) {
          const made = madeBy(range.factory, log);
          if (made !== undefined) this.#sources.set(made.address, made);
        }
        range.from = filter.toHeight + 1;
      }
    }
    return this.#questionsUpTo(height).length === 0;
  }

  #questionsUpTo(height: number): readonly { readonly range: Range; readonly filter: LogFilter }[] {
    return this.#ranges.flatMap((range) =>
      Array.from({ length: REQUESTS_AT_ONCE }, (_, place) => range.from + place * LOG_BLOCKS_MAX)
        .filter((fromHeight) => fromHeight <= height)
        .map((fromHeight) => {
          const toHeight = Math.min(fromHeight + LOG_BLOCKS_MAX - 1, height);
          return { range, filter: { address: range.factory.address, topics: [], fromHeight, toHeight } };
        }),
    );
  }
}

export function ofTokens(factory: PoolFactory, tokens: ReadonlySet<TokenAddress> | undefined): PoolFactory {
  if (tokens === undefined) return factory;
  return {
    address: factory.address,
    poolOf(log) {
      const made = factory.poolOf(log);
      return isWanted(made?.source.tokens, tokens) ? made : undefined;
    },
  };
}

/** Also true while the pool's tokens are unknown. */
export function isWanted(
  ofPool: readonly TokenAddress[] | undefined,
  tokens: ReadonlySet<TokenAddress> | undefined,
): boolean {
  if (tokens === undefined || ofPool === undefined) return true;
  return ofPool.filter((token) => tokens.has(token)).length >= 2;
}

function madeBy(factory: PoolFactory, log: Parameters<PoolFactory["poolOf"]>[0]) {
  try {
    return factory.poolOf(log)?.source;
  } catch (error) {
    if (isTrellisError(error, "FACTORY_LOG_INVALID")) return undefined;
    throw error;
  }
}
