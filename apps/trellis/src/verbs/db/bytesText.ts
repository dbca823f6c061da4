export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = -1;
  for (; value >= 1024; value /= 1024) unit += 1;
  return `${value.toFixed(1)} ${units[unit]}`;
}
