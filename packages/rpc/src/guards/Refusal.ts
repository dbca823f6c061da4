/** Refused message or batch entries. `status` is an HTTP status. */
export interface Refusal {
  readonly status: number;
  readonly retryAfterS: number | undefined;
  /** Number of refused entries of the batch. */
  count: number;
}
