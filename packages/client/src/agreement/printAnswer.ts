/** An answer's one text, by which nodes' answers are compared. */
export function printAnswer(answer: unknown): string {
  return String(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}n` : value)));
}
