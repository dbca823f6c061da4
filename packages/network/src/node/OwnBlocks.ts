import type { Block, BlockExchange, Hash } from "@trellis/protocol";

export class OwnBlocks {
  readonly exchange: BlockExchange;
  readonly #received = new Set<Hash>();

  constructor(chain: BlockExchange) {
    this.exchange = {
      has: (hash) => chain.has(hash),
      oldest: () => chain.oldest(),
      checkHeader: (header, hash) => chain.checkHeader(header, hash),
      recoverAhead: (blocks) => chain.recoverAhead(blocks),
      importBlocks: (blocks) => this.#import(chain, blocks),
      locator: () => chain.locator(),
      headersAfter: (locator, countMax) => chain.headersAfter(locator, countMax),
      finalPoint: () => chain.finalPoint(),
      limitFinality: (newest) => chain.limitFinality(newest),
    };
  }

  has(hash: Hash): boolean {
    return !this.#received.has(hash);
  }

  async #import(chain: BlockExchange, blocks: readonly Block[]) {
    const added = blocks.filter(({ hash }) => !this.#received.has(hash));
    for (const { hash } of added) this.#received.add(hash);
    try {
      return await chain.importBlocks(blocks);
    } finally {
      for (const { hash } of added) this.#received.delete(hash);
    }
  }
}
