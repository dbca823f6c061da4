import type { Chain, ProtectedSigner, SigningWatermark, VoteKey, VoteLog } from "@trellis/chain";
import { blsPublicKey } from "@trellis/crypto";
import type { ServiceIo } from "@trellis/platform/service";
import { systemScheduler } from "@trellis/platform/system";
import { type FinalityOutbox, type VoteDomain, voteDomainOf } from "@trellis/protocol";

export interface RemoteValidator extends VoteKey {
  /** In the format of `trellis validator protection export`; undefined if the signer has signed nothing. */
  protection(domain: VoteDomain): Promise<string | undefined>;
}

export interface ValidatorIdentity {
  /** BLS key of 32 bytes, or a remote signer. */
  readonly key: Uint8Array | RemoteValidator;
  /** Vote log; undefined: in memory. */
  readonly directory: string | undefined;
  /** True if the key has never signed, so that a new log may start. */
  readonly isNew: boolean;
}

export function validatorPublicKey({ key }: ValidatorIdentity): Uint8Array {
  return key instanceof Uint8Array ? blsPublicKey(key) : key.publicKey;
}

/** Without a validator, the node only follows finality. */
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
  validator: ValidatorIdentity,
  { view }: Chain,
  { lifecycle }: ServiceIo,
): Promise<ProtectedSigner> {
  const { openVoteLog, ProtectedSigner } = await import("@trellis/chain");
  const { key: secret, directory } = validator;
  const domain = voteDomainOf(view);
  const key = { ...domain, publicKey: validatorPublicKey(validator) };
  const isNew = secret instanceof Uint8Array ? validator.isNew : await adoptRecord(secret, directory, domain);
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

/**
 * Raises the node's log to the signer's record, which includes votes for other nodes.
 * @returns whether a new log may start
 */
async function adoptRecord(
  remote: RemoteValidator,
  directory: string | undefined,
  domain: VoteDomain,
): Promise<boolean> {
  const text = await remote.protection(domain);
  if (text === undefined || directory === undefined) return true;
  const { importProtection } = await import("@trellis/chain");
  await importProtection(directory, remote.publicKey, text);
  return false;
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
