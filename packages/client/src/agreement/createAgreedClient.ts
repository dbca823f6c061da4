import { isTrellisError, type Scheduler } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import type { BlockTag, ChainBlock, ChainClient } from "../evm/ChainClient.ts";
import { agreeAtLeast, agreedValue, checkQuorum } from "./agree.ts";
import { gatherAnswers } from "./gatherAnswers.ts";
import { printAnswer } from "./printAnswer.ts";

/**
 * Heights, nonces and fees are the greatest that `quorum` nodes reach; other answers must match.
 * Sends transactions to all nodes; one acceptance suffices. @throws QUORUM_INVALID
 */
export function createAgreedClient(
  clients: readonly ChainClient[],
  quorum: number,
  { scheduler }: { readonly scheduler: Scheduler },
): ChainClient {
  checkQuorum(clients, quorum);
  const agreed = <T>(question: string, ask: (client: ChainClient) => Promise<T>): Promise<T> =>
    agreedValue(clients, quorum, question, ask, printAnswer);
  const reached = <N extends number | bigint>(question: string, ask: (client: ChainClient) => Promise<N>) =>
    agreeAtLeast(clients, quorum, question, ask, scheduler);

  async function heightOf(tag: BlockTag): Promise<number> {
    return reached(`height of ${tag}`, async (client) => (await client.block(tag))?.height ?? -1);
  }

  return {
    name: clients.map(({ name }) => name).join(" & "),
    chainId: () => agreed("chain id", (client) => client.chainId()),
    blockHash: (height) => agreed(`block hash at ${height}`, (client) => client.blockHash(height)),
    async block(at): Promise<ChainBlock | undefined> {
      const height = typeof at === "number" ? at : await heightOf(at);
      return height < 0 ? undefined : agreed(`block ${height}`, (client) => client.block(height));
    },
    balance: (address, hash) => agreed(`balance of ${address}`, (client) => client.balance(address, hash)),
    call: (to, data, hash) => agreed(`call of ${to}`, (client) => client.call(to, data, hash)),
    code: (address, hash) => agreed(`code of ${address}`, (client) => client.code(address, hash)),
    nextNonce: (address, at) =>
      reached(`next nonce of ${address}`, (client) => client.nextNonce(address, at)),
    receipt: (hash) => agreed(`receipt of ${hash}`, (client) => client.receipt(hash)),
    hasTransaction: async (hash) =>
      (await reached(`transaction ${hash}`, async (client) => Number(await client.hasTransaction(hash)))) > 0,
    logs: (filter) => agreed(`logs of ${filter.address}`, (client) => client.logs(filter)),
    async estimateGas(call) {
      const estimates = await agreed(`whether a call of ${call.to} reverts`, async (client) => {
        const revert = await client.estimateGas(call).then(() => undefined, revertOf);
        return revert ?? "no";
      });
      if (estimates !== "no") throw clientErrors.TRANSACTION_WOULD_REVERT({ data: estimates });
      return reached(`gas of a call of ${call.to}`, (client) => client.estimateGas(call));
    },
    suggestedTipWei: () => reached("tip", (client) => client.suggestedTipWei()),
    async send(raw) {
      const answers = await gatherAnswers(clients, (client) => client.send(raw), {
        isEnough: ({ length }) => length >= quorum,
        moment: { scheduler, isDue: ({ length }) => length > 0 },
      });
      const failures = answers.flatMap((answer) => ("error" in answer ? [answer.error] : []));
      const refused = failures.find((error) => !isTrellisError(error) || error.consequence === "reject");
      if (failures.length === clients.length) throw refused ?? failures[0];
    },
  };
}

function revertOf(error: unknown): string {
  if (!isTrellisError(error, "TRANSACTION_WOULD_REVERT")) throw error;
  return String(error.facts.data ?? "0x");
}
