import { timingSafeEqual } from "node:crypto";
import type { Clock, Random } from "@trellis/base";
import type { ApiKey, ApiKeyStore } from "./ApiKey.ts";
import { grantsScope } from "./access.ts";
import { formatApiKey, hashSecret, newApiKeyId, newApiKeySecret, parseApiKey } from "./apiKeyText.ts";
import { authErrors } from "./errors.ts";
import { type Principal, ROLES, type Role } from "./Principal.ts";

export interface ApiKeyGrant {
  readonly name: string;
  readonly role: Role;
  readonly customerId?: string | undefined;
  readonly scopes: readonly string[];
  readonly expiresAtMs?: number | undefined;
}

export interface NewApiKey {
  readonly key: ApiKey;
  readonly text: string;
}

export interface ApiKeys {
  /** @throws API_KEY_UNKNOWN, API_KEY_EXPIRED, API_KEY_REVOKED */
  authenticate(text: string): Promise<Principal>;
  /** @throws API_KEY_GRANT_INVALID */
  create(grant: ApiKeyGrant, maker: Principal): Promise<NewApiKey>;
  /** The old secret stays valid for `overlapMs`. @throws API_KEY_REVOKED, API_KEY_GRANT_INVALID */
  rotate(id: string, overlapMs: number, maker: Principal): Promise<NewApiKey | undefined>;
  revoke(id: string): Promise<ApiKey | undefined>;
  list(afterId: string | undefined, limit: number): Promise<readonly ApiKey[]>;
}

export interface ApiKeyPorts {
  readonly store: ApiKeyStore;
  readonly clock: Clock;
  readonly random: Random;
}

const TOUCH_INTERVAL_MS = 60_000;

export function createApiKeys({ store, clock, random }: ApiKeyPorts): ApiKeys {
  return {
    async authenticate(text) {
      const { id, secret } = parseApiKey(text);
      const key = await store.find(id);
      const nowMs = clock.nowMs();
      const isRight = hasSecret(key, hashSecret(secret), nowMs);
      if (key === undefined || !isRight) throw authErrors.API_KEY_UNKNOWN();
      if (key.revokedAtMs !== undefined) throw authErrors.API_KEY_REVOKED({ id });
      if (key.expiresAtMs !== undefined && key.expiresAtMs <= nowMs) throw authErrors.API_KEY_EXPIRED({ id });
      if (nowMs - (key.lastUsedAtMs ?? 0) >= TOUCH_INTERVAL_MS) await store.touch(id, nowMs);
      return principalOf(key);
    },

    async create(grant, maker) {
      requireGrantable(grant, maker);
      const secret = newApiKeySecret(random);
      const key: ApiKey = {
        id: newApiKeyId(random),
        name: grant.name,
        role: grant.role,
        customerId: grant.customerId,
        scopes: [...grant.scopes],
        secretHash: hashSecret(secret),
        previousSecretHash: undefined,
        previousUntilMs: undefined,
        createdBy: maker.id,
        createdAtMs: clock.nowMs(),
        expiresAtMs: grant.expiresAtMs,
        revokedAtMs: undefined,
        lastUsedAtMs: undefined,
      };
      await store.insert(key);
      return { key, text: formatApiKey({ id: key.id, secret }) };
    },

    async rotate(id, overlapMs, maker) {
      for (;;) {
        const old = await store.find(id);
        if (old === undefined) return undefined;
        requireGrantable(old, maker);
        if (old.revokedAtMs !== undefined) throw authErrors.API_KEY_REVOKED({ id });
        const secret = newApiKeySecret(random);
        const to = { secretHash: hashSecret(secret), previousUntilMs: clock.nowMs() + overlapMs };
        const key = await store.rotate(id, old.secretHash, to);
        if (key !== undefined) return { key, text: formatApiKey({ id, secret }) };
      }
    },

    revoke: (id) => store.revoke(id, clock.nowMs()),
    list: (afterId, limit) => store.list(afterId, limit),
  };
}

/** Constant time even for unknown keys, so that timing reveals no ids. */
function hasSecret(key: ApiKey | undefined, hash: Uint8Array, nowMs: number): boolean {
  const isCurrent = timingSafeEqual(key?.secretHash ?? new Uint8Array(32), hash);
  const isPrevious = timingSafeEqual(key?.previousSecretHash ?? new Uint8Array(32), hash);
  return isCurrent || (isPrevious && (key?.previousUntilMs ?? 0) > nowMs);
}

function principalOf({ id, role, customerId, scopes }: ApiKey): Principal {
  return { id: `key:${id}`, kind: "apiKey", role, customerId, scopes: new Set(scopes) };
}

function requireGrantable({ role, customerId, scopes }: ApiKeyGrant, maker: Principal): void {
  const makerRole = maker.role;
  const isHigher = makerRole === undefined || ROLES.indexOf(role) < ROLES.indexOf(makerRole);
  const lacking = scopes.find((scope) => !grantsScope(maker.scopes, scope));
  const isForOther = makerRole === "customer" && customerId !== maker.customerId;
  const lacksCustomer = (role === "customer") !== (customerId !== undefined);
  if (isHigher || lacking !== undefined || isForOther || lacksCustomer || scopes.length === 0) {
    throw authErrors.API_KEY_GRANT_INVALID({ role, lacking, maker: makerRole });
  }
}
