export interface Refusal {
  readonly status: number;
  readonly retryAfterS: number | undefined;
  count: number;
}
