export interface ReserveAddress {
  readonly chain: string;
  readonly address: string;
  readonly method: string;
  readonly snapshotId: string;
  readonly claimedAtMs: number;
}

export interface ReserveAddresses {
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
