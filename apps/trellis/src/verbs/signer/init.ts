import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ReservesRegistry } from "@trellis/contracts/reserves";
import { CLIENT_NAME, type ClientAccess } from "@trellis/platform/signer";
import { systemRandom } from "@trellis/platform/system";
import { createAuthority, type Issued, issueCertificate } from "@trellis/platform/tls";
import { toFunctionSelector } from "viem/utils";
import { trellisErrors } from "../../errors.ts";
import { accessToText, joined, pinOf, ports, readAuthority } from "./certificates.ts";
import { placesOf, type SignerPlaces } from "./places.ts";
import type { SignerSettings } from "./settings.ts";

const CLIENTS = ["node", "custodian", "arbitrage"];

export async function init(settings: SignerSettings): Promise<object> {
  const { dataDir, hosts } = settings;
  const places = placesOf(settings);
  if (existsSync(places.tls)) throw trellisErrors.FILE_EXISTS({ file: places.tls });
  for (const folder of [dataDir, places.tls, places.clients])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await createAuthority("Trellis signer authority", ports);
  const server = await issueCertificate(authority, { kind: "server", name: "signer", hosts }, ports);
  writePair(places.tls, "ca", authority);
  write(places.server, joined(server));
  if (settings.envelopeKeysFrom === "" && !existsSync(places.envelopeKey))
    write(places.envelopeKey, `${Buffer.from(systemRandom.bytes(32)).toString("hex")}\n`);
  if (!existsSync(places.access)) write(places.access, accessText());
  const clients: string[] = [];
  for (const name of CLIENTS) clients.push(await addClient(name, settings, places));
  return { dataDir, access: places.access, clients: clients.join(" ") };
}

export async function client(settings: SignerSettings): Promise<object> {
  const { client: name } = settings;
  if (!CLIENT_NAME.test(name)) throw trellisErrors.INPUT_INVALID({ what: "client", got: name.slice(0, 80) });
  return { client: name, file: await addClient(name, settings, placesOf(settings)) };
}

async function addClient(
  name: string,
  { host, port, hosts }: SignerSettings,
  places: SignerPlaces,
): Promise<string> {
  const folder = join(places.clients, name);
  const file = join(folder, "signer.json");
  if (existsSync(file)) throw trellisErrors.FILE_EXISTS({ file });
  const authority = readAuthority(places);
  const issued = await issueCertificate(authority, { kind: "client", name }, ports);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writePair(folder, "client", issued);
  write(join(folder, "ca.crt"), authority.certificate);
  const shown = hosts.includes(host) ? host : (hosts[0] ?? host);
  const access: ClientAccess = {
    url: `https://${shown.includes(":") ? `[${shown}]` : shown}:${port}`,
    certificate: "client.crt",
    key: "client.key",
    authority: "ca.crt",
    pins: [places.server, places.nextServer].filter(existsSync).map(pinOf),
  };
  write(file, accessToText(access));
  return file;
}

function writePair(folder: string, name: string, { certificate, key }: Issued): void {
  write(join(folder, `${name}.key`), key);
  write(join(folder, `${name}.crt`), certificate);
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flag: "wx", flush: true });
}

/** For a devnet: permits only calls that the services make, without value. */
function accessText(): string {
  const publish = ReservesRegistry.abi.find((entry) => entry.type === "function" && entry.name === "publish");
  const selector = toFunctionSelector(publish as never);
  return `# Clients by the common name of their certificates. What is not listed is denied.
clients:
  node:
    permissions:
      - { keys: validator/*, operations: [vote, protection] }
  custodian:
    permissions:
      - { keys: record/*, operations: [sign], prefixes: ["trellis-reserves-"] }
      - { keys: log/*, operations: [sign] }
      - { keys: anchor/*, operations: [transaction], policy: anchors }
  arbitrage:
    permissions:
      - { keys: account/*, operations: [transaction], policy: trading }
policies:
  anchors:
    chains: [31337]
    recipients: ["*"]
    selectors: ["${selector}"]
    valueWeiMax: 0
    gasPriceWeiMax: "1000000000000"
    gasLimitMax: 1000000
  trading:
    chains: [31337]
    recipients: ["*"]
    selectors: ["*"]
    call: arbitrage-execute
    valueWeiMax: 0
    gasPriceWeiMax: "100000000000"
    gasLimitMax: 20000000
`;
}
