/** Address that DNS must resolve. [LINK-20] */
export type SeedName =
  | { readonly kind: "records"; readonly host: string; readonly peer: string | undefined }
  | { readonly kind: "host"; readonly host: string; readonly family: "" | "4" | "6"; readonly rest: string };

/** 244 characters: `_dnsaddr.` must fit into a DNS name too. */
const HOST = String.raw`(?=[^/]{1,244}(?:/|$))([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)`;
const RECORDS_PATTERN = new RegExp(`^/dnsaddr/${HOST}(?:/p2p/([a-zA-Z0-9]+))?$`, "i");
const HOST_PATTERN = new RegExp(String.raw`^/dns([46]?)/${HOST}(/tcp/\d{1,5}(?:/p2p/[a-zA-Z0-9]+)?)$`, "i");

export function seedNameOf(address: string): SeedName | undefined {
  const [isRecords, seeds, peer] = RECORDS_PATTERN.exec(address) ?? [];
  if (isRecords !== undefined) return { kind: "records", host: seeds!, peer };
  const [isHost, family, host, rest] = HOST_PATTERN.exec(address) ?? [];
  if (isHost === undefined) return undefined;
  return { kind: "host", host: host!, family: family as "" | "4" | "6", rest: rest! };
}
