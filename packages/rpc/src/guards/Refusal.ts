/** `status` is the HTTP status if nothing else was answered. */
export interface Refusal {
  readonly status: number;
  readonly retryAfterS: number | undefined;
  /** Entries of the batch. */
  count: number;
}
