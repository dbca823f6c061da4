import type { Hex } from "@trellis/base";

export interface PublishedKeys {
  readonly custodian: string;
  /** Signs records and statements. */
  readonly records: PublishedKey;
  /** Signs log heads and attestations. */
  readonly log: PublishedKey & { readonly origin: string; readonly name: string };
}

export interface PublishedKey {
  readonly algorithm: string;
  readonly publicKey: Hex;
}
