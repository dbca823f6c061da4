import type { VoteSignatures } from "@trellis/chain";
import type { Evm, FinalityIntake, NetworkParameters } from "@trellis/protocol";

const PLANTS = [
  "wrong k",
  "torn disk",
  "any seal",
  "minted coin",
  "blocks never sent",
  "any vote",
  "votes never sent",
  "lies unheard",
  "others always heard",
  "inbox unchecked",
  "unfinal anchors",
  "refund lost",
] as const;
export type Plant = (typeof PLANTS)[number];

/** Planted in all nodes, because a defect in one node would have no effect. */
export const COMMON_PLANTS: readonly Plant[] = ["votes never sent", "lies unheard", "others always heard"];

export function withWrongK(parameters: NetworkParameters): NetworkParameters {
  const { ghostdagK: k } = parameters;
  return { ...parameters, ghostdagK: k === 1 ? 3 : Math.floor(k / 2) };
}

export function withMintedCoin(evm: Evm): Evm {
  return {
    ...evm,
    async runBlock({ credits, ...input }) {
      const { recipient } = input.baseFeeShare;
      return evm.runBlock({ ...input, credits: [...credits, { address: recipient, amount: 1n }] });
    },
  };
}

export const ANY_VOTE: VoteSignatures = {
  verify: () => true,
  verifyAggregate: () => true,
  verifyEach: async () => true,
};

export function withoutLies(intake: FinalityIntake): FinalityIntake {
  const first = new Map<string, string | undefined>();
  return {
    receiveVotes: async (votes) => {
      const isFirst = votes.map(({ message }) => {
        const { epoch, height, round, step, validator, value } = message;
        const name = [epoch, height, round, step, validator].join();
        if (!first.has(name)) first.set(name, value);
        return first.get(name) === value;
      });
      const heard = votes.filter((_vote, at) => isFirst[at]);
      const outcomes = heard.length === 0 ? [] : [...(await intake.receiveVotes(heard))];
      return isFirst.map((was) => (was ? outcomes.shift() : undefined));
    },
    receiveProposal: (proposal) => intake.receiveProposal(proposal),
    receiveCertificate: (certificate) => intake.receiveCertificate(certificate),
    receiveEvidence: () => {},
    receiveHeartbeat: (heartbeat) => intake.receiveHeartbeat(heartbeat),
    receiveFinal: (number) => intake.receiveFinal(number),
    certificatesFrom: (height, countMax) => intake.certificatesFrom(height, countMax),
  };
}
