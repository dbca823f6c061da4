import type { ChainClient } from "@trellis/client";

export type CachedChain = Pick<ChainClient, "name" | "block" | "blockHash" | "nextNonce">;

/** Caches answers for one pass over the slots. */
export function cachedChain(client: CachedChain): CachedChain {
  const answers = new Map<string, Promise<unknown>>();
  function once<T>(question: string, ask: () => Promise<T>): Promise<T> {
    const known = answers.get(question) as Promise<T> | undefined;
    const answer = known ?? ask();
    answers.set(question, answer);
    return answer;
  }
  return {
    name: client.name,
    block: (at) => once(`block ${at}`, () => client.block(at)),
    blockHash: (height) => once(`hash ${height}`, () => client.blockHash(height)),
    nextNonce: (address, at) => once(`nonce ${address} ${at}`, () => client.nextNonce(address, at)),
  };
}
