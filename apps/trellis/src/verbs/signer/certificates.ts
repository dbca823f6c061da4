import { join } from "node:path";
import { fingerprintOfCertificate } from "@trellis/crypto/tls";
import type { ClientAccess } from "@trellis/platform/signer";
import { systemClock, systemRandom } from "@trellis/platform/system";
import type { Issued } from "@trellis/platform/tls";
import { contentOf, type SignerPlaces } from "./places.ts";

export const ports = { clock: systemClock, random: systemRandom };

export function readAuthority({ tls }: SignerPlaces): Issued {
  const text = (kind: string): string => contentOf(join(tls, `ca.${kind}`));
  return { certificate: text("crt"), key: text("key") };
}

export function pinOf(file: string): string {
  return fingerprintOfCertificate(contentOf(file));
}

export function joined({ certificate, key }: Issued): string {
  return `${certificate.trim()}\n${key.trim()}\n`;
}

export function accessToText(access: ClientAccess): string {
  return `${JSON.stringify(access, undefined, 2)}\n`;
}
