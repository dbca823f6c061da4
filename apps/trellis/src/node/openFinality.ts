import type { Chain, ProtectedSigner, SigningWatermark, VoteLog } from "@trellis/chain";
import { blsPublicKey } from "@trellis/crypto";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import { type FinalityOutbox, voteDomainOf } from "@trellis/protocol";

export interface ValidatorIdentity {
  /** BLS, 32 bytes. */
  readonly secret: Uint8Array;
  /** Vote log; undefined: in memory. */
  readonly directory: string | undefined;
  /** The key has never signed, so a new log may start. */
  readonly isNew: boolean;
}

/** Only follows finality without a key. */
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
