export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  if (error instanceof Error) return error.message;
  if (!(error instanceof Event)) return String(error);
  const cause: unknown = "error" in error ? error.error : undefined;
  return cause === undefined ? `the stream had its ${error.type}` : reasonOf(cause);
}
