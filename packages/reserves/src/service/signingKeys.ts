import { bytesToHex, type Hex } from "@trellis/base";
import type { SignatureKey } from "@trellis/platform/http";
import type { RingKey, RingPurpose } from "@trellis/platform/keys";
import { type ServiceKeys, webhookKey } from "@trellis/platform/service";
import { createHeadSigner, type HeadSigner, type PublishedKey, type PublishedKeys } from "../log/index.ts";
import { type CustodianSigner, createCustodianSigner } from "../snapshots/index.ts";

/** Each call uses the currently active key. [KEY-6] */
export interface SigningKeys {
  readonly head: HeadSigner;
  /** Replaced and future keys also sign, for verifiers that have only such keys. */
  readonly otherHeads: () => readonly HeadSigner[];
  readonly webhook: SignatureKey;
  readonly published: PublishedKeys & { readonly webhooks: PublishedWebhookKey };
}

interface PublishedWebhookKey extends PublishedKey {
  readonly keyId: string;
  readonly others: readonly (PublishedKey & { readonly keyId: string })[];
}

type Keys = Pick<ServiceKeys, "active" | "all" | "retired">;

/** Keys in a remote signer, which replace the key ring's keys. */
interface HeldKeys {
  readonly custodian: CustodianSigner;
  readonly log: HeadSigner;
}

export function signingKeys(custodian: string, keys: Keys, held?: HeldKeys): SigningKeys {
  const headOf = perKey((key) => createHeadSigner(custodian, "ed25519", key.secret));
  const webhookOf = perKey((key) => webhookKey(webhookId(custodian, key), key.secret).key);
  const head = (): HeadSigner => headOf(keys.active("log"));
  const webhook = (): SignatureKey => webhookOf(keys.active("webhook"));
  return {
    head: held?.log ?? {
      get key() {
        return head().key;
      },
      sign: (message) => head().sign(message),
    },
    otherHeads: () => (held === undefined ? keys.all("log").slice(1).map(headOf) : []),
    webhook: {
      get id() {
        return webhook().id;
      },
      algorithm: "ed25519",
      get key() {
        return webhook().key;
      },
    },
    published: publishedKeys(custodian, keys, held),
  };
}

export function custodianSigner(keys: Keys): CustodianSigner {
  const signerOf = perKey((key) => createCustodianSigner(key.secret));
  return {
    get publicKey() {
      return signerOf(keys.active("record")).publicKey;
    },
    sign: (message) => signerOf(keys.active("record")).sign(message),
    others: () => keys.all("record").slice(1).map(signerOf),
  };
}

function publishedKeys(custodian: string, keys: Keys, held?: HeldKeys): SigningKeys["published"] {
  const shown = (key: PublicPart): PublishedKey => ({ algorithm: "ed25519", publicKey: publicKeyOf(key) });
  const rest = (purpose: RingPurpose) => [...keys.all(purpose).slice(1), ...keys.retired(purpose)];
  const withOthers = (purpose: "record" | "log", publicKey: Uint8Array | undefined) =>
    publicKey === undefined
      ? { ...shown(keys.active(purpose)), others: rest(purpose).map(shown) }
      : { ...shown({ publicKey }), others: earlierThan(publicKey, purpose, keys).map(shown) };
  const named = (key: PublicPart & { readonly version: number }) => ({
    keyId: webhookId(custodian, key),
    ...shown(key),
  });
  return {
    custodian,
    get records() {
      return withOthers("record", held?.custodian.publicKey);
    },
    get log() {
      const names = { origin: custodian, name: custodian };
      return { ...names, ...withOthers("log", held?.log.key.publicKey) };
    },
    get webhooks() {
      return { ...named(keys.active("webhook")), others: rest("webhook").map(named) };
    },
  };
}

function earlierThan(publicKey: Uint8Array, purpose: RingPurpose, keys: Keys): readonly PublicPart[] {
  const known = [...keys.all(purpose), ...keys.retired(purpose)];
  const moved = known.find((key) => publicKeyOf(key) === bytesToHex(publicKey));
  return known.filter(({ version }) => moved !== undefined && version < moved.version);
}

type PublicPart = Pick<RingKey, "publicKey">;

export function publicKeyOf({ publicKey }: PublicPart): Hex {
  return bytesToHex(publicKey as Uint8Array);
}

function webhookId(custodian: string, { version }: Pick<RingKey, "version">): string {
  return version === 1 ? `${custodian}/webhooks` : `${custodian}/webhooks/${version}`;
}

function perKey<Value>(create: (key: RingKey) => Value): (key: RingKey) => Value {
  const known = new WeakMap<RingKey, Value>();
  return (key) => {
    const value = known.get(key) ?? create(key);
    known.set(key, value);
    return value;
  };
}
