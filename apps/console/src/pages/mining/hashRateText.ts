const UNITS = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s"];

export function hashRateText(hashesPerS: number): string {
  let [rate, unit] = [hashesPerS, 0];
  while (rate >= 999.95 && unit < UNITS.length - 1) [rate, unit] = [rate / 1_000, unit + 1];
  return `${rate.toFixed(1)} ${UNITS[unit]}`;
}
