import { type Apply, readTextFile } from "../config/index.ts";
import { platformErrors } from "../errors.ts";
import { repeat } from "../lifecycle/repeat.ts";
import { readSecret } from "../secrets/readSecret.ts";
import { systemClock, systemScheduler } from "../system/index.ts";
import { type CheckedIdentity, checkIdentity, ListenerTls } from "../tls/index.ts";
import type { ServiceIo } from "./ServiceIo.ts";
import type { TlsSettings } from "./settings/tlsSettings.ts";

interface TlsOptions {
  readonly names: readonly string[];
  readonly live: { onReload(prepare: () => Promise<Apply>, when: "always"): unknown } | undefined;
}

/** Certificate files can change without a signal. */
const LOOK_MS = 30_000;
const DAY_MS = 86_400_000;
const WARNING_DAYS = 14;

/** Undefined without a certificate. @throws CONFIG_INVALID_VALUE, and the errors of readSecret */
export async function openTls(
  settings: TlsSettings,
  { names, live }: TlsOptions,
  io: ServiceIo,
): Promise<ListenerTls | undefined> {
  if (settings.tlsCertificate === "") {
    if (settings.tlsKeyFrom !== "" || settings.tlsClientAuthority !== "")
      throw platformErrors.CONFIG_INVALID_VALUE({
        setting: "tlsCertificate",
        expected: "a file, in addition to the key",
      });
    return undefined;
  }
  const log = io.log.child("tls");
  const read = (): Promise<CheckedIdentity> => readIdentity(settings, names, io);
  const tls = new ListenerTls(await read(), {
    clock: systemClock,
    scheduler: systemScheduler,
    log,
    metrics: io.metrics,
  });
  const change = (next: CheckedIdentity): void => {
    if (!isSame(tls.identity, next)) tls.change(next);
  };
  live?.onReload(async () => {
    const next = await read();
    return () => change(next);
  }, "always");
  const warned = { atMs: Number.NEGATIVE_INFINITY, reason: "" };
  const look = async (): Promise<void> => {
    try {
      change(await read());
      warned.reason = "";
    } catch (error) {
      // Only the certificate or the key may have been replaced so far.
      const reason = String(error);
      if (reason !== warned.reason)
        log.warn("tls.reloadRefused", {
          error: error as Error,
          message: "The previous certificate stays in use.",
        });
      warned.reason = reason;
    }
    const days = Math.floor((tls.identity.expiresMs - systemClock.nowMs()) / DAY_MS);
    if (days >= WARNING_DAYS || systemClock.nowMs() - warned.atMs < DAY_MS) return;
    warned.atMs = systemClock.nowMs();
    log.warn("tls.certificateExpires", { days, names: tls.identity.names });
  };
  await io.lifecycle.start(
    "tls",
    () => repeat(systemScheduler, LOOK_MS, look),
    (looking) => looking.stop(),
  );
  return tls;
}

async function readIdentity(
  { tlsCertificate, tlsKeyFrom, tlsClientAuthority, tlsVersionMin }: TlsSettings,
  names: readonly string[],
  io: ServiceIo,
): Promise<CheckedIdentity> {
  if (tlsKeyFrom === "")
    throw platformErrors.CONFIG_INVALID_VALUE({
      setting: "tlsKeyFrom",
      expected: "a reference to the certificate's key",
    });
  const identity = {
    certificate: contentOf(tlsCertificate, "tlsCertificate"),
    key: await readSecret(tlsKeyFrom, "Key of the certificate", io),
    clientAuthority:
      tlsClientAuthority === "" ? undefined : contentOf(tlsClientAuthority, "tlsClientAuthority"),
    versionMin: `TLSv${tlsVersionMin}` as const,
  };
  return checkIdentity(identity, names, systemClock.nowMs());
}

function isSame(before: CheckedIdentity, after: CheckedIdentity): boolean {
  return (["certificate", "key", "clientAuthority"] as const).every((part) => before[part] === after[part]);
}

const PEM_BYTES_MAX = 1_048_576;

function contentOf(file: string, setting: string): string {
  try {
    return readTextFile(file, PEM_BYTES_MAX);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw platformErrors.CONFIG_INVALID_VALUE({ setting, file, reason }, error);
  }
}
