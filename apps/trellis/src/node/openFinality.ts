import type { Chain, ProtectedSigner, SigningWatermark, VoteLog } from "@trellis/chain";
import { blsPublicKey } from "@trellis/crypto";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import { type FinalityOutbox, voteDomainOf } from "@trellis/protocol";

/** The key that votes, and where its votes are remembered. */
export interface ValidatorIdentity {
  /** BLS, 32 bytes. */
  readonly secret: Uint8Array;
  /** The directory of the log; undefined: the votes are forgotten with the process, as is its chain. */
  readonly directory: string | undefined;
  /** The key has never signed anything, anywhere: a log may begin. */
  readonly isNew: boolean;
}

/** Takes part in the vote on checkpoints: votes with a validator's key, else watches. */
export async function openFinality(
  validator: ValidatorIdentity | undefined,
  chain: Chain,
  outbox: FinalityOutbox,
  io: ServiceIo,
): Promise<void> {
  const signer = validator === undefined ? undefined : await openSigner(validator, chain, io);
  await io.lifecycle.start(
    "finality",
    () =>
      chain.finality.start({
        outbox,
        scheduler: systemScheduler,
        ...(signer === undefined ? {} : { signer }),
      }),
    () => chain.finality.stop(),
  );
}

/** @throws what openVoteLog throws */
async function openSigner(
  { secret, directory, isNew }: ValidatorIdentity,
  { view }: Chain,
  { lifecycle }: ServiceIo,
): Promise<ProtectedSigner> {
  const { openVoteLog, ProtectedSigner } = await import("@trellis/chain");
  const domain = voteDomainOf(view);
  const key = { ...domain, publicKey: blsPublicKey(secret) };
  const log =
    directory === undefined
      ? inMemory()
      : await lifecycle.start(
          "vote log",
          () => openVoteLog(directory, key, { mayCreate: isNew }),
          (opened) => opened.close(),
        );
  return new ProtectedSigner(domain, secret, log);
}

function inMemory(): VoteLog {
  let last: SigningWatermark | undefined;
  return {
    load: () => last,
    save: async (record) => {
      last = record;
    },
  };
}
