/** EIP-2335: NFKD, without control codes, so that every keyboard produces the same bytes. */
export function normalisedPassword(password: string): string {
  return password.normalize("NFKD").replace(/\p{Cc}/gu, "");
}
