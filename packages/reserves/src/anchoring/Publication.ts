export interface Publication {
  readonly logIndex: number | undefined;
  readonly anchor:
    | { readonly chainId: number; readonly transactionHash: string; readonly blockNumber: number }
    | undefined;
}

export interface Publications {
  of(snapshotNumber: number): Promise<Publication>;
}
