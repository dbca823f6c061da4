export interface Publication {
  /** Undefined until logged. */
  readonly logIndex: number | undefined;
  /** Undefined until final. */
  readonly anchor:
    | { readonly chainId: number; readonly transactionHash: string; readonly blockNumber: number }
    | undefined;
}

export interface Publications {
  of(snapshotNumber: number): Promise<Publication>;
}
