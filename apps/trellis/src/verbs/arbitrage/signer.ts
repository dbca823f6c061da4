import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { followSignerSecrets, GAS_MAX, openWalletKey, requireOwner } from "@trellis/arbitrage/service/signer";
import {
  createPolicySigner,
  openSignerPort,
  type PolicySigner,
  parseSignerAddress,
  type SignerPolicy,
} from "@trellis/arbitrage/signer";
import { arbitrageurAddress } from "@trellis/contracts/arbitrage";
import { openAuditFile } from "@trellis/platform/audit";
import type { LiveSettings } from "@trellis/platform/config";
import { withoutPrompt } from "@trellis/platform/secrets";
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
  followWalletKey(policySigner, live, io);
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

/** SIGHUP reads the wallet key again; if it cannot be read, the current one stays. [SIGN-7] */
function followWalletKey(
  policySigner: PolicySigner,
  live: LiveSettings<ArbitrageFlags>,
  io: ServiceIo,
): void {
  const { log } = io;
  live.onReload(async (latest) => {
    try {
      const [wallet, former] = policySigner.wallets();
      const next = await openWalletKey(latest, withoutPrompt(io));
      if (next.address !== wallet && latest.owner === "") await next.close();
      if (next.address !== wallet) requireOwner(latest);
      return () =>
        void policySigner.changeKey(next).then(() => {
          if (next.address !== wallet) log.info("wallet.changed", { from: wallet, to: next.address });
          else if (former !== undefined) log.info("wallet.forgotten", { wallet: former });
        });
    } catch (error) {
      log.error("wallet.kept", { error: error instanceof Error ? error : String(error) });
      return () => undefined;
    }
  }, "signal");
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
