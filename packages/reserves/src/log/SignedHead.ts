export interface SignedHeads {
  head(): Promise<SignedHead | undefined>;
}

export interface SignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  readonly timeMs: number;
  /** C2SP tlog-checkpoint. */
  readonly note: string;
}
