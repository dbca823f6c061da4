import { generateKeyPairSync, sign } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { captureIo } from "@trellis/kit/captureIo";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { afterAll, expect, it } from "vitest";
import { createApiKeys } from "../auth/index.ts";
import { createLiveSettings, type SettingsDefinition } from "../config/index.ts";
import { openDatabase } from "../db/index.ts";
import { createLifecycle } from "../lifecycle/index.ts";
import { createLog } from "../log/index.ts";
import { systemClock } from "../system/index.ts";
import { createMemoryApiKeyStore } from "../testing/createMemoryApiKeyStore.ts";
import { createMemoryNonceStore } from "../testing/createMemoryNonceStore.ts";
import { createMemorySessionStore } from "../testing/createMemorySessionStore.ts";
import { openAuthentication } from "./openAuthentication.ts";
import { type AuthenticationSettings, authenticationSettings } from "./settings/authenticationSettings.ts";
import { type OperationSettings, operationSettings } from "./settings/operationSettings.ts";
import { startRuntimeSettings } from "./startRuntimeSettings.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-dynamic-"));
afterAll(() => rmSync(folder, { recursive: true }));
const database = openDatabase({ url: await embeddedDatabase() }, SILENT);
afterAll(() => database.close());

const FILE = join(folder, "keys.json");
const ISSUER = "https://id.example";

function providerKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return {
    publish: () =>
      writeFileSync(FILE, JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), kid }] })),
    token(): string {
      const iat = Math.floor(systemClock.nowMs() / 1_000);
      const claims = { iss: ISSUER, aud: "trellis", sub: "a", role: "admin", iat, exp: iat + 300 };
      const signed = `${text({ alg: "EdDSA", kid })}.${text(claims)}`;
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
    },
  };
}

type Settings = AuthenticationSettings & OperationSettings;

const definition: SettingsDefinition<Settings> = {
  section: "test",
  settings: { ...authenticationSettings, ...operationSettings },
};

function defaults(): Settings {
  const entries = Object.entries(definition.settings);
  return Object.fromEntries(
    entries.map(([name, { type, default: value }]) => [name, type.parse(value)]),
  ) as unknown as Settings;
}

it("TOKEN_INVALID: a reload reads the provider's key file again, though no setting changed", async () => {
  const [compromised, next] = [providerKey("1"), providerKey("2")];
  compromised.publish();
  const given = defaults();
  const oidc = { ...given.oidc, issuer: ISSUER, audience: "trellis", keys: `file:${FILE}` };
  const settings = { ...given, oidc };
  const live = createLiveSettings(definition, settings, async () => settings);
  const { io } = captureIo();
  const authentication = await openAuthentication(settings, {
    service: "test",
    sessionSecrets: () => [new Uint8Array(32)],
    clock: systemClock,
    random: SILENT.random,
    sessionStore: createMemorySessionStore(),
    apiKeys: createApiKeys({ ...SILENT, store: createMemoryApiKeyStore() }),
    nonces: createMemoryNonceStore({ clock: systemClock }),
    perIp: { take: async () => ({ limit: 1, remaining: 1, resetS: 1 }) },
    io: { ...io, log: SILENT.log },
  });
  const lifecycle = createLifecycle({ log: SILENT.log });
  const log = createLog({ level: "silent", destination: { write: () => {} } });
  const { prepare } = authentication;
  const ports = { definition, settings, live, prepare, change: () => {} };
  await startRuntimeSettings("dynamic", ports, { database, atRest: undefined }, { lifecycle, log });
  const show = async (token: string): Promise<string> => {
    const request = { method: "GET", target: "/", scheme: "https", authority: "a", hasBody: false };
    const headers = { authorization: `Bearer ${token}` };
    const identity = await authentication.authenticator
      .authenticate({ ...request, headers })
      .catch(({ code, facts }: { code: string; facts: { reason?: string } }) => `${code}: ${facts.reason}`);
    return typeof identity === "string" ? identity : "known";
  };
  expect(await show(compromised.token())).toBe("known");
  next.publish();
  expect(await live.reload()).toEqual([]);
  await expect.poll(() => show(compromised.token())).toBe("TOKEN_INVALID: unknown signing key");
  expect(await show(next.token())).toBe("known");
  await lifecycle.stop("done");
});
