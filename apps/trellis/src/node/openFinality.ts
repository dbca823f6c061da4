import { bytesToHex } from "@trellis/base";
import type {
  Chain,
  ProtectedSigner,
  SigningWatermark,
  SystemVoteLog,
  VoteKey,
  VoteLog,
} from "@trellis/chain";
import { blsPublicKey } from "@trellis/crypto";
import { systemScheduler } from "@trellis/platform/system";
import { type FinalityOutbox, type VoteDomain, voteDomainOf } from "@trellis/protocol";
import type { ChainIo } from "./ChainIo.ts";

export interface RemoteValidator extends VoteKey {
  /** In the format of `trellis validator protection export`. Undefined if nothing was signed. */
  protection(domain: VoteDomain): Promise<string | undefined>;
}

export interface ValidatorIdentity {
  readonly key: Uint8Array | RemoteValidator;
  readonly directory: string | undefined;
  /** If true, the key may start an empty vote log. */
  readonly isNew: boolean;
  readonly markUsed?: () => void;
}

/** Returns keys for which `isHeld` is false. */
export type ValidatorSource = (
  isHeld: (publicKey: Uint8Array) => boolean,
) => Promise<readonly ValidatorIdentity[]>;

export interface NodeFinality {
  readonly publicKeys: readonly Uint8Array[];
  prepare(): Promise<() => void>;
}

export function validatorPublicKey({ key }: ValidatorIdentity): Uint8Array {
  return key instanceof Uint8Array ? blsPublicKey(key) : key.publicKey;
}

export async function openFinality(
  source: ValidatorSource,
  chain: Chain,
  outbox: FinalityOutbox,
  io: Pick<ChainIo, "lifecycle">,
): Promise<NodeFinality> {
  const logs = await io.lifecycle.start(
    "vote logs",
    (): SystemVoteLog[] => [],
    async (opened) => {
      for (const log of opened) await log.close();
    },
  );
  const signers = new Map<string, ProtectedSigner>();
  const read = async (): Promise<void> => {
    const identities = await source((publicKey) => signers.has(bytesToHex(publicKey)));
    for (const identity of identities)
      signers.set(bytesToHex(validatorPublicKey(identity)), await openSigner(identity, chain, logs));
  };
  await read();
  await io.lifecycle.start(
    "finality",
    () => chain.finality.start({ outbox, scheduler: systemScheduler, signers: [...signers.values()] }),
    () => chain.finality.stop(),
  );
  return {
    get publicKeys() {
      return [...signers.values()].map(({ publicKey }) => publicKey);
    },
    async prepare() {
      await read();
      return () => {
        for (const signer of signers.values()) chain.finality.addSigner(signer);
      };
    },
  };
}

async function openSigner(
  validator: ValidatorIdentity,
  { view }: Chain,
  logs: SystemVoteLog[],
): Promise<ProtectedSigner> {
  const { openVoteLog, ProtectedSigner } = await import("@trellis/chain");
  const { key: secret, directory, markUsed } = validator;
  const domain = voteDomainOf(view);
  if (directory === undefined) return new ProtectedSigner(domain, secret, inMemory());
  const isNew = secret instanceof Uint8Array ? validator.isNew : await adoptRecord(secret, directory, domain);
  const key = { ...domain, publicKey: validatorPublicKey(validator) };
  const log = await openVoteLog(directory, key, { mayCreate: isNew });
  logs.push(log);
  markUsed?.();
  return new ProtectedSigner(domain, secret, log);
}

/** The signer's record includes votes for other nodes. @returns true if an empty log may start */
async function adoptRecord(remote: RemoteValidator, directory: string, domain: VoteDomain): Promise<boolean> {
  const text = await remote.protection(domain);
  if (text === undefined) return true;
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
