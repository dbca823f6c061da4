/** Example origins: `--rpc-port`, `TRELLIS_RPC_PORT`, `trellis.yaml:3`, `default`. */
export interface GivenValue {
  readonly value: unknown;
  readonly origin: string;
  originOf?(path: readonly PropertyKey[]): string;
}
