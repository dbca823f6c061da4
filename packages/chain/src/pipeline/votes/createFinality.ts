import { finalityErrors } from "../../finality/errors.ts";
import type { Importer } from "../Importer.ts";
import type { Stages } from "../Stages.ts";
import type { ChainFinality } from "./ChainFinality.ts";

/** Finality of a chain on which nobody votes yet. */
export function createFinality(stages: Stages, importer: Importer): ChainFinality {
  const ahead = (height: number) => finalityErrors.VOTE_HEIGHT_AHEAD({ height, current: 0 });
  return {
    start: () => {},
    stop: () => {},
    receiveVote: ({ message }) => {
      throw ahead(message.height);
    },
    receiveProposal: ({ message }) => {
      throw ahead(message.height);
    },
    receiveCertificate: ({ height }) => {
      throw ahead(height);
    },
    receiveEvidence: ({ first }) => {
      throw ahead(first.message.height);
    },
    certificatesFrom: () => [],
    certificate: () => undefined,
    status: () => {
      const { number } = stages.blocks.storedHeader(stages.states.baseHash);
      return {
        epoch: 0,
        validators: [],
        self: undefined,
        finalized: { height: 0, hash: stages.states.baseHash, number },
        vote: undefined,
        lagBlocks: stages.blocks.storedHeader(importer.sink).number - number,
        lagMs: 0,
        isFinalizing: false,
      };
    },
  };
}
