import type { StateClient } from "../state/StateClient.ts";
import { agreedValue, checkQuorum } from "./agree.ts";
import { gatherAnswers } from "./gatherAnswers.ts";
import { printAnswer } from "./printAnswer.ts";

/** `touched` returns one node's answer, unverified. @throws QUORUM_INVALID */
export function createAgreedStateClient(clients: readonly StateClient[], quorum: number): StateClient {
  checkQuorum(clients, quorum);
  const agreed = <T>(question: string, ask: (client: StateClient) => Promise<T>): Promise<T> =>
    agreedValue(clients, quorum, question, ask, printAnswer);
  return {
    name: clients.map(({ name }) => name).join(" & "),
    account: (address, slots, hash) =>
      agreed(`state of ${address}`, (client) => client.account(address, slots, hash)),
    code: (address, hash) => agreed(`code of ${address}`, (client) => client.code(address, hash)),
    blockHash: (height) => agreed(`block hash at ${height}`, (client) => client.blockHash(height)),
    callOverridden: (call, hash) =>
      agreed(`call of ${call.to}`, (client) => client.callOverridden(call, hash)),
    async touched(call, hash) {
      const answers = await gatherAnswers(clients, (client) => client.touched(call, hash), {
        isEnough: (values) => values.some((value) => value !== undefined),
      });
      return answers.flatMap((answer) => ("value" in answer && answer.value ? [answer.value] : []))[0];
    },
  };
}
