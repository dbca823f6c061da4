import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { Attestation } from "@trellis/reserves/attestation/verify";
import { client } from "../service/client.ts";
import { RESERVES } from "../service/useReserves.ts";

export async function readAttestationText(id: string, signal?: AbortSignal): Promise<string> {
  return new TextDecoder().decode(await client.call("getAttestation", { attestationId: id }, signal));
}

/** Does not verify the attestation; `AttestationPage` does. */
export function useAttestation(id: string | undefined): UseQueryResult<Attestation> {
  return useQuery<Attestation>({
    queryKey: [RESERVES, "getAttestation", id],
    queryFn: async ({ signal }) => {
      const text = await readAttestationText(id ?? "", signal);
      return (JSON.parse(text) as { readonly attestation: Attestation }).attestation;
    },
    enabled: id !== undefined,
    retry: 1,
  });
}
