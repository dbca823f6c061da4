import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import type { TrustedFinality } from "../light/FinalityProof.ts";

/**
 * A client to which final is what validators have certified, whatever the node says of it: whoever waits for finality with
 * it (`waitForFinality`, `placeOfBlock`) believes the node that its blocks lie below the proven one, and nothing more.
 * @param follow the newest checkpoint that is proven: see followFinality
 * @throws from `block`: what `follow` throws, and NODE_OF_OTHER_CHAIN if the node's chain does not have the checkpoint
 */
export function withVerifiedFinality(
  client: ChainClient,
  follow: () => Promise<TrustedFinality>,
): ChainClient {
  return {
    ...client,
    async block(at) {
      if (at !== "finalized") return client.block(at);
      const { number, hash } = (await follow()).checkpoint;
      const block = await client.block(number);
      if (block !== undefined && block.hash !== hash) {
        throw clientErrors.NODE_OF_OTHER_CHAIN({
          node: client.name,
          number,
          got: block.hash,
          expected: hash,
        });
      }
      return block;
    },
  };
}
