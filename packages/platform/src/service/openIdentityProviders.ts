import { hkdfSync } from "node:crypto";
import type { Clock } from "@trellis/base";
import { DIRECTORY } from "../auth/directory/DirectoryOptions.ts";
import {
  type ClaimNames,
  createCertificateProvider,
  createDiscoveredKeys,
  createGivenKeys,
  createIdentityProviders,
  createOidcLogin,
  createPublishedKeys,
  createTokenProvider,
  DEFAULT_CLAIMS,
  type IdentityProvider,
  type OidcLogin,
  overlappingLogin,
  partsBySecret,
  type SubjectNames,
  type TokenKeys,
} from "../auth/index.ts";
import { readTextFile } from "../config/index.ts";
import { platformErrors } from "../errors.ts";
import { secretsErrors } from "../secrets/errors.ts";
import { readSecret } from "../secrets/readSecret.ts";
import { systemScheduler } from "../system/index.ts";
import type { ProcessIo } from "./ServiceIo.ts";
import type { AuthenticationSettings } from "./settings/authenticationSettings.ts";
import type { IssuerSetting, LdapSettings } from "./settings/identitySettings.ts";

type ProviderSettings = Pick<
  AuthenticationSettings,
  "oidc" | "issuers" | "ldap" | "clientCertificates" | "publicUrl"
>;

interface ProviderPorts {
  readonly sessionSecrets: () => readonly Uint8Array[];
  readonly clock: Clock;
  readonly io: ProcessIo;
}

export interface IdentityProviders {
  readonly providers: IdentityProvider;
  /** By issuer name; empty for the setting `oidc`. */
  readonly logins: ReadonlyMap<string, OidcLogin>;
  readonly hasPassword: boolean;
}

export const LOGIN_PREFIX = "/v1/auth";

/** Does not contact providers. [GUARD-13] @throws CONFIG_INVALID_VALUE, and the errors of readSecret */
export async function openIdentityProviders(
  settings: ProviderSettings,
  ports: ProviderPorts,
): Promise<IdentityProviders> {
  const { oidc, ldap, clientCertificates, publicUrl } = settings;
  requirePair("oidc", oidc);
  const issuers = [{ ...oidc, name: "" }, ...settings.issuers].filter(({ issuer }) => issuer !== "");
  for (const issuer of issuers) requireComplete(issuer, publicUrl);
  requireDistinct("issuers", "name", issuers);
  requireDistinct("issuers", "issuer", issuers);
  requireDistinct("clientCertificates", "name", clientCertificates);
  const prefixes = [DIRECTORY, ...issuers.map(({ name }) => name)].filter(Boolean).map((name) => `${name}/`);
  const logins = new Map<string, OidcLogin>();
  const providers: IdentityProvider[] = [createCertificateProvider(clientCertificates)];
  for (const issuer of issuers) {
    const subjects = { prefix: issuer.name === "" ? "" : `${issuer.name}/`, others: prefixes };
    providers.push(tokensOf(issuer, subjects, ports.clock));
    if (issuer.clientId !== "")
      logins.set(issuer.name, await loginOf({ ...issuer, publicUrl }, subjects, ports));
  }
  const hasPassword = ldap.url !== "";
  if (hasPassword) providers.push(await directoryOf(ldap, ports));
  return { providers: createIdentityProviders(providers), logins, hasPassword };
}

export function derivedSecret(secret: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", secret, "", `trellis/${purpose}/1`, 32));
}

function missing(setting: string, needs: string) {
  return platformErrors.CONFIG_INVALID_VALUE({ setting, reason: `needs ${needs} too` });
}

function requirePair(place: string, { issuer, audience, clientId }: Omit<IssuerSetting, "name">): void {
  if (issuer !== "" && audience === "") throw missing(`${place}.issuer`, `${place}.audience`);
  if (audience !== "" && issuer === "") throw missing(`${place}.audience`, `${place}.issuer`);
  if (clientId !== "" && issuer === "") throw missing(`${place}.clientId`, `${place}.issuer`);
}

function requireComplete(issuer: IssuerSetting, publicUrl: string): void {
  const place = placeOf(issuer);
  requirePair(place, issuer);
  if (issuer.clientId === "") return;
  if (issuer.clientSecretFrom === "") throw missing(`${place}.clientId`, `${place}.clientSecretFrom`);
  if (publicUrl === "") throw missing(`${place}.clientId`, "publicUrl");
}

function placeOf({ name }: IssuerSetting): string {
  return name === "" ? "oidc" : `issuers.${name}`;
}

function requireDistinct<Key extends string>(
  setting: string,
  key: Key,
  entries: readonly Readonly<Record<Key, string>>[],
): void {
  const seen = new Set<string>();
  for (const { [key]: value } of entries) {
    if (seen.has(value))
      throw platformErrors.CONFIG_INVALID_VALUE({ setting, [key]: value, reason: `duplicate ${key}` });
    seen.add(value);
  }
}

function claimsOf({ roleClaim, customerClaim }: IssuerSetting): ClaimNames {
  return { ...DEFAULT_CLAIMS, role: roleClaim, customerId: customerClaim };
}

function tokensOf(setting: IssuerSetting, subjects: SubjectNames, clock: Clock): IdentityProvider {
  const { issuer, audience } = setting;
  const keys = keysOf(setting, clock);
  return createTokenProvider({ issuer, audience, keys, claims: claimsOf(setting), subjects }, { clock });
}

function keysOf(setting: IssuerSetting, clock: Clock): TokenKeys {
  const { issuer, keys, keysReread: rereadMs } = setting;
  if (keys === "")
    return { kind: "given", getKey: createDiscoveredKeys(new URL(issuer), { rereadMs }, { clock }) };
  const file = /^file:(.+)$/s.exec(keys)?.[1];
  if (file === undefined) return { kind: "given", getKey: createPublishedKeys(new URL(keys), { rereadMs }) };
  return { kind: "given", getKey: createGivenKeys(textOf(file), `${placeOf(setting)}.keys`) };
}

const KEYS_BYTES_MAX = 1_048_576;

function textOf(file: string): string {
  try {
    return readTextFile(file, KEYS_BYTES_MAX);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw secretsErrors.SECRET_UNREADABLE({ file, reason }, error);
  }
}

async function loginOf(
  setting: IssuerSetting & { readonly publicUrl: string },
  subjects: SubjectNames,
  { sessionSecrets, clock, io }: ProviderPorts,
): Promise<OidcLogin> {
  const { name, issuer, clientId, clientSecretFrom, scopes: scope, publicUrl } = setting;
  const path = name === "" ? "" : `/${name}`;
  const options = {
    issuer: new URL(issuer),
    clientId,
    clientSecret: await readSecret(clientSecretFrom, "Secret of the OpenID client", io),
    redirectUri: new URL(`${LOGIN_PREFIX}/callback${path}`, publicUrl),
    claims: claimsOf(setting),
    subjects,
    scope,
  };
  // Each issuer has its own key, so a login cannot end at another issuer.
  return overlappingLogin(
    partsBySecret(sessionSecrets, (secret) =>
      createOidcLogin({ ...options, secret: derivedSecret(secret, `login${path}`) }, { clock }),
    ),
  );
}

async function directoryOf(ldap: LdapSettings, { clock, io }: ProviderPorts): Promise<IdentityProvider> {
  const { bindPasswordFrom, roles, ...options } = ldap;
  if (options.baseDn === "") throw missing("ldap.url", "ldap.baseDn");
  if (Object.keys(roles).length === 0) throw missing("ldap.url", "ldap.roles");
  if (options.bindDn === "" && bindPasswordFrom !== "") throw missing("ldap.bindPasswordFrom", "ldap.bindDn");
  if (options.bindDn !== "" && bindPasswordFrom === "") throw missing("ldap.bindDn", "ldap.bindPasswordFrom");
  const bindPassword =
    bindPasswordFrom === "" ? "" : await readSecret(bindPasswordFrom, "Password of ldap.bindDn", io);
  const groups = Object.entries(roles).map(([group, role]) => ({ group, role }));
  const { createDirectoryProvider } = await import("../auth/directory/createDirectoryProvider.ts");
  return createDirectoryProvider(
    { ...options, bindPassword, roles: groups },
    { clock, scheduler: systemScheduler },
  );
}
