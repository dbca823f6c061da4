import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { followSignerSecrets, GAS_MAX, openWalletKey } from "@trellis/arbitrage/service/signer";
import {
  createPolicySigner,
  openSignerPort,
  parseSignerAddress,
  type SignerPolicy,
} from "@trellis/arbitrage/signer";
import { arbitrageurAddress } from "@trellis/contracts/arbitrage";
import { openAuditFile } from "@trellis/platform/audit";
import type { LiveSettings } from "@trellis/platform/config";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import type { ArbitrageFlags, ArbitrageSettings } from "./settings.ts";

export async function run(
  settings: ArbitrageSettings,
  io: ServiceIo,
  live: LiveSettings<ArbitrageFlags>,
): Promise<void> {
  const { dataDir, json } = settings;
  const { lifecycle, log } = io;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const address = parseSignerAddress(settings.signer || `unix:${join(dataDir, "signer.sock")}`);
  const secrets = await followSignerSecrets(settings, live, io, systemRandom);
  const key = await openWalletKey(settings, io);
  const owner = settings.owner === "" ? key.address : settings.owner.toLowerCase();
  const arbitrageur = arbitrageurAddress(owner as typeof key.address);
  const audit = await lifecycle.start(
    "audit",
    () => openAuditFile(join(dataDir, "signer-audit.jsonl")),
    (file) => file.close(),
  );
  const policy = policyOf(settings, arbitrageur);
  const policySigner = await createPolicySigner(policy, { key, audit, clock: systemClock });
  const port = await lifecycle.start(
    "signer",
    () => openSignerPort(address, secrets, { policySigner, random: systemRandom }),
    (opened) => opened.close(),
  );
  lifecycle.serving();
  log.info("signer.started", { wallet: key.address, holder: key.holder, arbitrageur });
  const facts = { signer: port.address, wallet: key.address, holder: key.holder, arbitrageur };
  const text = `\n  Signer of ${key.address} at ${port.address}, for the Arbitrageur ${arbitrageur}; the key: ${key.holder}\n\n`;
  io.stdout.write(json ? `${JSON.stringify({ event: "ready", ...facts })}\n` : text);
}

function policyOf(
  { chain, limits, signerLimits }: ArbitrageSettings,
  arbitrageur: ReturnType<typeof arbitrageurAddress>,
): SignerPolicy {
  return {
    chains: new Set([chain]),
    contracts: new Set([arbitrageur]),
    valueWeiMax: 0n,
    gasPriceWeiMax: BigInt(limits.gasPriceMax),
    // Twice a trade's limit, because other calls may reserve more gas.
    gasLimitMax: 2n * GAS_MAX,
    requestsPerMinuteMax: signerLimits.rate,
    signaturesPerDayMax: signerLimits.dayCount,
    dayWeiMax: BigInt(signerLimits.dayMax),
  };
}
