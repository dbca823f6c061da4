import { type Hex, hexToBytes } from "@trellis/base";
import {
  type AttestationVerdict,
  type AttestedRecord,
  attestationErrors,
  coverageRatioOf,
  verifyAttestation,
} from "@trellis/reserves/attestation/verify";
import { byAnyKey, type PublishedKeys } from "@trellis/reserves/log";
import type { ServiceClient } from "@trellis/reserves/service/client";
import { amountText } from "@trellis/reserves/verify";
import type { ReservesSettings } from "./settings.ts";

export const ATTESTATION_START = '{"attestation":{';

export async function readAttestation(
  id: string,
  record: AttestedRecord,
  client: ServiceClient,
  settings: Pick<ReservesSettings, "logKey">,
): Promise<{ readonly text: string; readonly verdict: AttestationVerdict }> {
  const text = await client.text(`/v1/attestations/${encodeURIComponent(id)}`);
  const { verdict } = await verifySigned(text, record, client, settings);
  return { text, verdict };
}

/** Trusts `--log-key`, else the published active key and keys that it replaced. */
export async function verifySigned(
  text: string,
  record: AttestedRecord,
  client: ServiceClient,
  { logKey }: Pick<ReservesSettings, "logKey">,
): Promise<{ readonly verdict: AttestationVerdict; readonly logKey: Hex }> {
  const { custodian, log } = await client.get<PublishedKeys>("/.well-known/trellis-reserves.json");
  const published = [log, ...(log.others ?? [])].map(({ publicKey }) => publicKey);
  return byAnyKey(logKey === "" ? published : [logKey as Hex], (trusted) => {
    const key = { name: log.name, algorithm: "ed25519" as const, publicKey: hexToBytes(trusted) };
    return { verdict: verifyAttestation(text, { custodian, keys: [key], record }), logKey: trusted };
  });
}

/** Unverified: only used to find the record to compare with. */
export function snapshotIn(text: string): Hex {
  const [, id] = /"snapshotId":"(0x[0-9a-f]{64})"/.exec(text) ?? [];
  if (id === undefined)
    throw attestationErrors.ATTESTATION_REFUSED({ reason: "malformed", path: "attestation.snapshotId" });
  return id as Hex;
}

/** Base units and codes for programs; decimal amounts and meanings for people. */
export function attestationFacts(
  { attestation, proved, notProved }: AttestationVerdict,
  { json }: Pick<ReservesSettings, "json">,
): Readonly<Record<string, unknown>> {
  const { isCovered, assets, readings } = attestation;
  const statements = (list: AttestationVerdict["proved" | "notProved"]): string[] =>
    list.map(({ statement, meaning }) => (json ? statement : `${statement}: ${meaning}`));
  return {
    isCovered,
    assets: json ? assets.map((one) => ({ ...one, coverageRatio: ratioOf(one) })) : assets.map(forPeople),
    readings,
    proved: statements(proved),
    notProved: statements(notProved),
  };
}

type CoveredAsset = AttestationVerdict["attestation"]["assets"][number];

function forPeople(one: CoveredAsset): Readonly<Record<string, unknown>> {
  const { asset, decimals, liabilities, reserves, haircutBasisPoints, countedReserves, isCovered } = one;
  return {
    asset,
    liabilities: amountText(liabilities, decimals),
    reserves: amountText(reserves, decimals),
    haircutBasisPoints,
    countedReserves: amountText(countedReserves, decimals),
    coverageRatio: ratioOf(one) ?? "none",
    isCovered,
  };
}

function ratioOf(asset: CoveredAsset): number | null {
  const ratio = coverageRatioOf(asset);
  return Number.isFinite(ratio) ? ratio : null;
}
