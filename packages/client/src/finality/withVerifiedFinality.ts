import { clientErrors } from "../errors.ts";
import type { ChainClient } from "../evm/ChainClient.ts";
import type { TrustedFinality } from "../light/FinalityProof.ts";

/**
 * Trusts the node only for ancestors of the proven block.
 * @throws from `block`: errors of followFinality, and NODE_OF_OTHER_CHAIN if the chain lacks the checkpoint
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
