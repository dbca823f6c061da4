import { z } from "zod";
import { secretPlace } from "../../secrets/reference.ts";

/** RFC 9421. */
export interface RequestKeySetting {
  readonly algorithm: "ed25519" | "ecdsa-p256-sha256" | "hmac-sha256";
  /** PEM (SubjectPublicKeyInfo), as printed by `openssl pkey -pubout`. */
  readonly publicKey?: string | undefined;
  readonly secretFrom?: string | undefined;
}

export const requestKeyMembers = {
  algorithm: z.enum(["ed25519", "ecdsa-p256-sha256", "hmac-sha256"], {
    error: "one of ed25519, ecdsa-p256-sha256, hmac-sha256",
  }),
  publicKey: z.string().startsWith("-----BEGIN PUBLIC KEY-----", { error: "a public key in PEM" }).optional(),
  secretFrom: secretPlace.optional(),
};

type RequestKeyMembers = { readonly [Key in keyof RequestKeySetting]?: RequestKeySetting[Key] | undefined };

export const SECRET_RULE = { error: "secretFrom with hmac-sha256, and with nothing else" };
export const PUBLIC_KEY_RULE = {
  error: "publicKey with ed25519 and ecdsa-p256-sha256, and with nothing else",
};

export function hasRightSecret({ algorithm, secretFrom }: RequestKeyMembers): boolean {
  return (algorithm === "hmac-sha256") === (secretFrom !== undefined);
}

export function hasRightPublicKey({ algorithm, publicKey }: RequestKeyMembers): boolean {
  return (algorithm !== undefined && algorithm !== "hmac-sha256") === (publicKey !== undefined);
}
