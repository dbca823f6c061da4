import type { ChainClient } from "@trellis/client";

/** The chain as one look at all slots sees it. */
export type CachedChain = Pick<ChainClient, "name" | "block" | "blockHash" | "nextNonce">;

/** Each question is asked once, however many slots ask it, and only if one does. */
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
