import type { AuditEntry } from "../audit/index.ts";
import type { Permission, SignerOperation } from "./SignerAccess.ts";
import type { SignerKey } from "./SignerKey.ts";

export interface SigningRequest<Policy> {
  readonly client: string;
  readonly key: SignerKey;
  readonly permission: Permission<Policy>;
  readonly body: unknown;
}

export interface AdmittedRequest {
  readonly subject: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Called after the audit entry is durable. @returns a signature or non-secret data */
  answer(audited: AuditEntry): Promise<Uint8Array | object>;
}

export interface SigningOperation<Policy = unknown> {
  readonly name: SignerOperation;
  /** @throws SIGNER_MESSAGE_INVALID, SIGNER_REFUSED, and other refusals */
  admit(request: SigningRequest<Policy>): Promise<AdmittedRequest>;
  /** Restores limits from an audit entry with outcome `done`. */
  restore?(entry: AuditEntry, keyId: string): void;
}
