import { bytesToHex } from "@trellis/base";
import { z } from "zod";
import type { Access } from "../auth/index.ts";
import { defineRoute, type Route } from "../http/index.ts";
import { RING_PURPOSES } from "../keys/index.ts";
import type { ListedServiceKey, ServiceKeys } from "./serviceKeys.ts";

const READERS: Access = {
  kind: "protected",
  roles: ["admin", "auditor"],
  scope: "keyring:read",
  rows: "notPersonal",
};
const ADMINS: Access = { ...READERS, roles: ["admin"], scope: "keyring:write" };
const DELAY_S_MAX = 30 * 86_400;

const timeMs = z.int().min(0);
const purpose = z.enum(RING_PURPOSES).meta({ id: "KeyPurpose" });
/** Values that only a removed key decrypts would be lost. */
const retirable = z.enum(RING_PURPOSES).exclude(["encryption"]);
const version = z.coerce.number().int().min(1);
const key = z
  .strictObject({
    purpose,
    version: z.int(),
    algorithm: z.string(),
    publicKey: z.string().nullable().meta({ description: "null: symmetric" }),
    createdAtMs: timeMs.nullable().meta({ description: "null: unknown" }),
    activeAtMs: timeMs.nullable().meta({ description: "start of signing and encryption; null: retired" }),
    state: z.enum(["active", "later", "earlier", "retired"]).meta({
      description:
        "`active`: signs and encrypts; `later`: will; `earlier`: only verifies and decrypts; `retired`: only verifies",
    }),
  })
  .meta({ id: "ServiceKey" });
const ring = z
  .strictObject({
    isChangeable: z.boolean().meta({ description: "false: the keys come from `keyFrom`" }),
    items: z.array(key),
  })
  .meta({ id: "ServiceKeys" });

/** Other processes with this data directory apply changes after SIGHUP. [KEY-6] */
export function keyRingRoutes(keys: ServiceKeys, prefix: string): readonly Route[] {
  const path = `${prefix}/keys`;
  const route = { tag: "operations", access: ADMINS } as const;
  const shown = () => ({ isChangeable: keys.isChangeable, items: keys.list().map(shownKey) });
  return [
    defineRoute(
      {
        ...route,
        id: "listServiceKeys",
        method: "GET",
        path,
        summary: "Lists the keys of the service's key ring, without secrets",
        access: READERS,
        answer: { status: 200, description: "by purpose, active keys first", schema: ring },
        errors: [],
      },
      shown,
    ),
    defineRoute(
      {
        ...route,
        id: "rotateServiceKey",
        method: "POST",
        path: `${path}/{purpose}/rotation`,
        summary: "Adds a key that replaces the active one of a purpose",
        params: z.strictObject({ purpose }),
        body: z.strictObject({
          delayS: z.int().min(0).max(DELAY_S_MAX).default(0).meta({
            description: "until the new key signs and encrypts, so that other processes can read it",
          }),
        }),
        answer: { status: 200, description: "all keys", schema: ring },
        errors: ["NOT_FOUND"],
      },
      async ({ params, body }) => {
        await keys.rotate(params.purpose, body.delayS * 1_000);
        return shown();
      },
    ),
    defineRoute(
      {
        ...route,
        id: "retireServiceKey",
        method: "DELETE",
        path: `${path}/{purpose}/{version}`,
        summary: "Removes a replaced key; the CLI removes encryption keys",
        params: z.strictObject({ purpose: retirable, version }),
        answer: { status: 200, description: "all keys", schema: ring },
        errors: ["NOT_FOUND"],
      },
      async ({ params }) => {
        await keys.retire(params.purpose, params.version);
        return shown();
      },
    ),
  ];
}

function shownKey({ publicKey, createdMs, activeMs, ...listed }: ListedServiceKey) {
  return {
    ...listed,
    publicKey: publicKey === undefined ? null : bytesToHex(publicKey),
    createdAtMs: createdMs === 0 ? null : createdMs,
    activeAtMs: activeMs ?? null,
  };
}
