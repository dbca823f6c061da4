/** Numeric columns are strings, as PostgreSQL returns them. */
export interface LedgerTables {
  customers: {
    customer_id: bigint;
    reference: string;
    sealed_key: Uint8Array | null;
    added_at_ms: bigint;
    erasure: bigint | null;
  };
  assets: { asset_id: number; symbol: string; decimals: number };
  entries: {
    position: bigint;
    customer_id: bigint;
    asset_id: number;
    sequence: bigint;
    kind: string;
    amount: string;
    balance: string;
    key: string;
    reference: string;
    happened_at_ms: bigint;
    recorded_at_ms: bigint;
    is_debt: boolean;
  };
  /** Makes keys unique over all partitions. */
  entry_keys: { key: string; position: bigint };
  accounts: {
    customer_id: bigint;
    asset_id: number;
    is_debt: boolean;
    balance: string;
    sequence: bigint;
    last_position: bigint;
  };
  flows: { asset_id: number; kind: string; amount: string; entry_count: bigint };
  head: { position: bigint };
  imports: {
    name: string;
    state: string;
    header: string;
    byte_offset: bigint;
    line_count: bigint;
    digest: Uint8Array;
    bad_lines: string;
    bad_counts: string;
    entered_count: bigint;
    replayed_count: bigint;
    changed_at_ms: bigint;
  };
  import_lines: {
    import_name: string;
    line: bigint;
    customer: string;
    asset: string;
    kind: string;
    amount: string;
    key: string;
    reference: string;
    happened_at_ms: bigint;
  };
}
