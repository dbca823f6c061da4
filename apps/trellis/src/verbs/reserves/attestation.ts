import { type Hex, hexToBytes } from "@trellis/base";
import {
  type AttestationVerdict,
  type AttestedRecord,
  verifyAttestation,
} from "@trellis/reserves/attestation/verify";
import type { ServiceClient } from "@trellis/reserves/service/client";

interface PublicKeys {
  readonly custodian: string;
  readonly log: { readonly name: string; readonly publicKey: Hex };
}

export async function readAttestation(
  id: string,
  record: AttestedRecord,
  client: ServiceClient,
): Promise<{ readonly text: string; readonly verdict: AttestationVerdict }> {
  const { custodian, log } = await client.get<PublicKeys>("/.well-known/trellis-reserves.json");
  const text = await client.text(`/v1/attestations/${encodeURIComponent(id)}`);
  const key = { name: log.name, algorithm: "ed25519" as const, publicKey: hexToBytes(log.publicKey) };
  return { text, verdict: verifyAttestation(text, { custodian, keys: [key], record }) };
}
