import type { VoteSignatures } from "@trellis/chain";
import type { Evm, FinalityOutbox, NetworkParameters } from "@trellis/protocol";

/** Defects that are planted on purpose in the first node, to see that the checks find them. */
export const PLANTS = [
  "wrong k",
  "torn disk",
  "any seal",
  "minted coin",
  "blocks never sent",
  "any vote",
  "votes forgotten",
  "votes never sent",
] as const;
export type Plant = (typeof PLANTS)[number];

/** Colours with another k than the network. */
export function withWrongK(parameters: NetworkParameters): NetworkParameters {
  const { ghostdagK: k } = parameters;
  return { ...parameters, ghostdagK: k === 1 ? 3 : Math.floor(k / 2) };
}

/** Gives the treasury a wei with every block. */
export function withMintedCoin(evm: Evm): Evm {
  return {
    ...evm,
    async runBlock({ credits, ...input }) {
      const { recipient } = input.baseFeeShare;
      return evm.runBlock({ ...input, credits: [...credits, { address: recipient, amount: 1n }] });
    },
  };
}

/** Takes every signature of a vote for good. */
export const ANY_VOTE: VoteSignatures = { verify: () => true, verifyAggregate: () => true };

const nothing = (): void => {};
/** Tells nobody of the vote. */
export const SILENCE: FinalityOutbox = {
  ...{ proposal: nothing, vote: nothing, certificate: nothing, evidence: nothing, behind: nothing },
};
