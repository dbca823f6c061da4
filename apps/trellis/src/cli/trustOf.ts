export async function trustOf({
  caFile = "",
  pins = [],
}: {
  readonly caFile?: string | undefined;
  readonly pins?: readonly string[] | undefined;
}): Promise<void> {
  if (caFile === "" && pins.length === 0) return;
  const { trustInProcess } = await import("@trellis/platform/tls");
  trustInProcess({ caFile, pins });
}
