/** Example: 1,234.50000000 */
export function amountText(amount: string, decimals: number): string {
  const [sign, digits] = amount.startsWith("-") ? ["-", amount.slice(1)] : ["", amount];
  const padded = digits.padStart(decimals + 1, "0");
  const whole = padded.slice(0, padded.length - decimals).replace(/\B(?=(?:\d{3})+$)/g, ",");
  return decimals === 0 ? `${sign}${whole}` : `${sign}${whole}.${padded.slice(-decimals)}`;
}
