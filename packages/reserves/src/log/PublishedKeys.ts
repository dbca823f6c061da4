import type { Hex } from "@trellis/base";

export interface PublishedKeys {
  readonly custodian: string;
  /** Signs records and statements. */
  readonly records: PublishedKeyWithOthers;
  /** Signs log heads and attestations. */
  readonly log: PublishedKeyWithOthers & { readonly origin: string; readonly name: string };
}

export interface PublishedKey {
  readonly algorithm: string;
  readonly publicKey: Hex;
}

export interface PublishedKeyWithOthers extends PublishedKey {
  /** Earlier and future keys. */
  readonly others?: readonly PublishedKey[];
}
