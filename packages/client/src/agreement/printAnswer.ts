export function printAnswer(answer: unknown): string {
  return String(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}n` : value)));
}
