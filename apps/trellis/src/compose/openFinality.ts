import type { Chain, ProtectedSigner, VoteLog, VoteRecord } from "@trellis/chain";
import { systemScheduler } from "@trellis/platform/system";
import type { FinalityOutbox } from "@trellis/protocol";
import type { ServiceIo } from "../cli/VerbIo.ts";

/** The key that votes, and where its votes are remembered. */
export interface ValidatorIdentity {
  /** BLS, 32 bytes. */
  readonly secret: Uint8Array;
  /** What it has signed; undefined: remembered until the process ends, as is its chain. */
  readonly log: VoteLog | undefined;
}

const nobody = (): void => {};
/** Of a node without a network. */
const SILENCE: FinalityOutbox = {
  ...{ proposal: nobody, vote: nobody, certificate: nobody, evidence: nobody, behind: nobody },
};

/** Takes part in the vote on checkpoints: votes with a validator's key, else watches. */
export async function openFinality(
  validator: ValidatorIdentity | undefined,
  chain: Chain,
  { lifecycle }: ServiceIo,
): Promise<void> {
  const signer = validator === undefined ? undefined : await signerOf(validator, chain);
  await lifecycle.start(
    "finality",
    () =>
      chain.finality.start({
        outbox: SILENCE,
        scheduler: systemScheduler,
        ...(signer === undefined ? {} : { signer }),
      }),
    () => chain.finality.stop(),
  );
}

async function signerOf({ secret, log }: ValidatorIdentity, chain: Chain): Promise<ProtectedSigner> {
  const { ProtectedSigner } = await import("@trellis/chain");
  return new ProtectedSigner(chain.view.parameters.chainId, secret, log ?? inMemory());
}

function inMemory(): VoteLog {
  let last: VoteRecord | undefined;
  return {
    load: () => last,
    save: async (record) => {
      last = record;
    },
  };
}
