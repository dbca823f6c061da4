/** `status` is the HTTP status of the refusal. */
export interface Refusal {
  readonly status: number;
  readonly retryAfterS: number | undefined;
  /** Number of refused entries of the batch. */
  count: number;
}
