import { existsSync } from "node:fs";
import { bytesToHex } from "@trellis/base";
import {
  changeRing,
  isReplaced,
  type KeyRing,
  keyRingFile,
  openWrapping,
  RING_PURPOSES,
  type RingKey,
  type RingPurpose,
  readReencrypted,
  withNewKey,
  withoutKey,
} from "@trellis/platform/keys";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock, systemRandom } from "@trellis/platform/system";
import { trellisErrors } from "../../errors.ts";
import { retireChannelSecrets, rotateChannelSecret, rotatePeerKey } from "./rotateFiles.ts";
import type { KeysSettings } from "./settings.ts";

const FILES = { peer: rotatePeerKey, "signer-channel": rotateChannelSecret } as const;

/** A running service reads the key at SIGHUP. [KEY-6] */
export async function rotate(settings: KeysSettings, io: ProcessIo): Promise<void> {
  if (Object.hasOwn(FILES, settings.subject)) {
    const facts = FILES[settings.subject as keyof typeof FILES](settings.dataDir);
    print({ purpose: settings.subject, ...facts }, settings, io);
    return tellSighup(settings, io);
  }
  const purpose = purposeOf(settings.subject);
  const ports = { random: systemRandom, clock: systemClock };
  const ring = await change(settings, io, (held) =>
    withNewKey(held, purpose, { ...ports, delayMs: settings.after }),
  );
  printNewest(ring.keys[purpose][0] as RingKey, settings, io);
}

/** [KEY-6] */
export async function retire(settings: KeysSettings, io: ProcessIo): Promise<void> {
  if (settings.subject === "signer-channel") {
    print({ purpose: settings.subject, ...retireChannelSecrets(settings.dataDir) }, settings, io);
    return tellSighup(settings, io);
  }
  const [name = "", digits = ""] = settings.subject.split("/");
  const purpose = purposeOf(name);
  const version = Number(digits);
  const nowMs = systemClock.nowMs();
  await change(settings, io, (held) => {
    if (!isReplaced(held, purpose, version, nowMs))
      throw trellisErrors.INPUT_INVALID({
        expected: "PURPOSE/VERSION of a replaced key",
        got: settings.subject,
      });
    requireReencrypted(settings, purpose, version);
    return withoutKey(held, purpose, version, nowMs);
  });
  print({ purpose, version, state: "retired" }, settings, io);
}

/** Values encrypted under a retired key would be unreadable. */
function requireReencrypted({ dataDir, subject }: KeysSettings, purpose: RingPurpose, version: number): void {
  if (purpose !== "encryption" || readReencrypted(dataDir) > version) return;
  throw trellisErrors.INPUT_INVALID({
    reason: "values may still be encrypted under the key",
    expected: "a service that has re-encrypted all of them since its last SIGHUP",
    got: subject,
    dataDir,
  });
}

async function change(
  settings: KeysSettings,
  io: ProcessIo,
  edit: (ring: KeyRing) => KeyRing,
): Promise<KeyRing> {
  const file = ringFileOf(settings);
  if (!existsSync(file))
    throw trellisErrors.INPUT_INVALID({
      reason: "no such key",
      expected: "a data directory that a service has used",
      file,
    });
  const places = { passphraseFrom: settings.keysPassphraseFrom, wrappingKey: settings.keysWrappedBy };
  const wrapping = await openWrapping(places, systemRandom, io);
  return changeRing(file, edit, { random: systemRandom, clock: systemClock, wrapping });
}

function ringFileOf({ dataDir, ringFile }: KeysSettings): string {
  return ringFile === "" ? keyRingFile(dataDir) : ringFile;
}

function purposeOf(text: string): RingPurpose {
  const purpose = RING_PURPOSES.find((known) => known === text);
  if (purpose === undefined)
    throw trellisErrors.INPUT_INVALID({
      expected: [...RING_PURPOSES, ...Object.keys(FILES)].join(", "),
      got: text.slice(0, 80),
    });
  return purpose;
}

function printNewest(
  { purpose, version, publicKey, activeMs }: RingKey,
  settings: KeysSettings,
  io: ProcessIo,
) {
  const key = publicKey === undefined ? {} : { publicKey: bytesToHex(publicKey) };
  print({ purpose, version, ...key, activeFrom: new Date(activeMs).toISOString() }, settings, io);
  tellSighup(settings, io);
}

function tellSighup({ json }: KeysSettings, io: ProcessIo): void {
  if (!json) io.stderr.write("Send SIGHUP to running services, so that they read the keys again.\n");
}

function print(
  facts: Readonly<Record<string, string | number>>,
  { json }: KeysSettings,
  io: ProcessIo,
): void {
  if (json) io.stdout.write(`${JSON.stringify(facts)}\n`);
  else for (const [name, value] of Object.entries(facts)) io.stdout.write(`${name.padEnd(12)}${value}\n`);
}
