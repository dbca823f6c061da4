export interface ReserveAddress {
  /** CAIP-2. */
  readonly chain: string;
  readonly address: string;
  readonly method: string;
  readonly snapshotId: string;
  readonly claimedAtMs: number;
}

export interface ReserveAddresses {
  /** Sorted by chain, then address. */
  list(after: string | undefined, limit: number): Promise<readonly ReserveAddress[]>;
  challenge(request: {
    readonly chain: string;
    readonly address: string;
    readonly snapshotId: string;
  }): Promise<string>;
  claim(claim: {
    readonly challenge: string;
    readonly method: string;
    readonly signature: string;
  }): Promise<ReserveAddress>;
  release(chain: string, address: string): Promise<boolean>;
}
