/** Ciphertext columns are named `sealed…`, `content` or `bad_lines`. */
export interface LedgerTables {
  customers: {
    customer_id: bigint;
    /** HMAC of the reference. */
    reference_index: Uint8Array;
    sealed_reference: Uint8Array;
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
    happened_at_ms: bigint;
    recorded_at_ms: bigint;
    is_debt: boolean;
    /** HMAC of the key. */
    key_index: Uint8Array;
    /** Amount, key and reference. */
    content: Uint8Array;
    sealed_balance: Uint8Array;
  };
  entry_keys: { key_index: Uint8Array; position: bigint };
  accounts: {
    customer_id: bigint;
    asset_id: number;
    is_debt: boolean;
    sealed_balance: Uint8Array;
    sequence: bigint;
    last_position: bigint;
  };
  /** `sealed_amount` is null only until the inserting transaction ends. */
  flows: { asset_id: number; kind: string; sealed_amount: Uint8Array | null; entry_count: bigint };
  head: { position: bigint };
  imports: {
    /** HMAC of the name. */
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
  /** `last_line`: number of the chunk's last line. */
  import_chunks: { import_name: string; last_line: bigint; sealed: Uint8Array };
  /** `plain`, `sealed`, then `done`. */
  sealing: { state: string };
}
