import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeKeyFile } from "@trellis/platform/keys";
import { readClientAccess } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import { issueCertificate } from "@trellis/platform/tls";
import { accessToText, joined, pinOf, ports, readAuthority } from "./certificates.ts";
import { contentOf, placesOf, type SignerPlaces } from "./places.ts";
import type { SignerSettings } from "./settings.ts";

/**
 * The first run creates the next certificate and adds its pin to the clients' files; the second activates it.
 * A client's old certificate stays valid until it expires. [SIGNER-9]
 */
export async function renew(settings: SignerSettings): Promise<object> {
  const places = placesOf(settings);
  return settings.client === "" ? renewServer(places) : renewClient(settings.client, places);
}

async function renewServer(places: SignerPlaces): Promise<object> {
  const { server, nextServer } = places;
  if (!existsSync(nextServer)) {
    const use = { kind: "server", name: "signer", hosts: hostsOf(server) } as const;
    writeKeyFile(nextServer, joined(await issueCertificate(readAuthority(places), use, ports)));
  }
  const pin = pinOf(nextServer);
  // After an interruption, some files may lack the pin.
  const changed = changePins(places, (pins) => [...new Set([...pins, pin])]);
  if (changed.length > 0)
    return { pin, state: "next", distribute: changed.join(" "), next: "trellis signer renew" };
  const old = pinOf(server);
  renameSync(nextServer, server);
  changePins(places, (pins) => pins.filter((known) => known !== old));
  return { pin, state: "active", next: "SIGHUP to the signer" };
}

function hostsOf(server: string): string[] {
  const { subjectAltName = "" } = new X509Certificate(contentOf(server));
  return subjectAltName.split(", ").map((name) => name.replace(/^(?:DNS|IP Address):/, ""));
}

async function renewClient(name: string, places: SignerPlaces): Promise<object> {
  const folder = join(places.clients, name);
  const file = join(folder, "signer.json");
  const access = readClientAccess(file);
  const issued = await issueCertificate(readAuthority(places), { kind: "client", name }, ports);
  const pair = `client-${Buffer.from(systemRandom.bytes(4)).toString("hex")}.pem`;
  writeKeyFile(join(folder, pair), joined(issued));
  writeKeyFile(file, accessToText({ ...access, certificate: pair, key: pair }));
  for (const old of [access.certificate, access.key]) rmSync(resolve(folder, old), { force: true });
  return { client: name, file };
}

function changePins({ clients }: SignerPlaces, change: (pins: readonly string[]) => string[]): string[] {
  const files = readdirSync(clients).map((name) => join(clients, name, "signer.json"));
  return files.filter(existsSync).filter((file) => {
    const access = readClientAccess(file);
    const pins = change(access.pins);
    if (pins.join() === access.pins.join()) return false;
    writeKeyFile(file, accessToText({ ...access, pins }));
    return true;
  });
}
