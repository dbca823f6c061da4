/** A value as somebody gave it, and where: `--rpc-port`, `TRELLIS_RPC_PORT`, `trellis.yaml:3`, `default`. */
export interface GivenValue {
  readonly value: unknown;
  readonly origin: string;
  /** Where a part of the value stands, which may be another line. */
  originOf?(path: readonly PropertyKey[]): string;
}
