import type { IdentityProvider } from "./IdentityProvider.ts";
import type { Principal, Role } from "./Principal.ts";

export interface CertificateGrant {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly string[];
}

/** [GUARD-11] */
export function createCertificateProvider(grants: readonly CertificateGrant[]): IdentityProvider {
  const principals = new Map(
    grants.map(({ name, role, scopes }): [string, Principal] => [
      name,
      {
        id: `certificate:${name}`,
        kind: "service",
        role,
        customerId: undefined,
        scopes: new Set(scopes),
      },
    ]),
  );
  return {
    async identify(credential) {
      return credential.kind === "certificate" ? principals.get(credential.name) : undefined;
    },
  };
}
