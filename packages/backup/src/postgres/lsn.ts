/** Log position as PostgreSQL writes it, like `0/2000028`. */
export const LSN: RegExp = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;

export function lsnToNumber(text: string): number {
  const [high, low] = text.split("/");
  return Number.parseInt(high!, 16) * 2 ** 32 + Number.parseInt(low!, 16);
}

export function numberToLsn(lsn: number): string {
  return [Math.floor(lsn / 2 ** 32), lsn % 2 ** 32].map((half) => half.toString(16).toUpperCase()).join("/");
}
