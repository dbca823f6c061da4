import { type Clock, hexToBytes, isHex, isTrellisError, SerialQueue, type TrellisError } from "@trellis/base";
import {
  type AuditEntry,
  type AuditEvent,
  type AuditLog,
  type AuditStore,
  createAuditLog,
} from "../audit/index.ts";
import { SlidingWindow } from "../guard/SlidingWindow.ts";
import { signerErrors } from "../keyServices/errors.ts";
import {
  type ClientAccess,
  mayUse,
  type Permission,
  permissionOf,
  type SignerAccess,
  type SignerOperation,
} from "./SignerAccess.ts";
import type { SignerKey, SignerKeys } from "./SignerKey.ts";
import type { AdmittedRequest, SigningOperation } from "./SigningOperation.ts";
import type { Lease } from "./systemLease.ts";

export interface SignerPorts<Policy> {
  readonly keys: SignerKeys;
  readonly lease: Pick<Lease, "check">;
  /** The signer restores its limits from this log. */
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly operations: readonly SigningOperation<Policy>[];
}

interface Question {
  readonly client: string;
  /** Id or hexadecimal public key. */
  readonly key: string;
  readonly operation: SignerOperation;
  readonly body: unknown;
}

export interface SignerAnswer {
  readonly key: SignerKey;
  readonly answer: Uint8Array | object;
}

export interface Signer {
  /** Keys that the client may use. @throws SIGNER_REFUSED if the client is unknown, SIGNER_RATE_EXCEEDED */
  keysOf(client: string): readonly SignerKey[];
  /**
   * After an error, nothing was signed.
   * @throws SIGNER_REFUSED, SIGNER_RATE_EXCEEDED, SIGNER_MESSAGE_INVALID, SIGNER_AUDIT_UNWRITABLE, errors of
   * the operation
   */
  ask(question: Question): Promise<SignerAnswer>;
}

const MINUTE_MS = 60_000;
const READ_AT_ONCE = 1_000;
const ACTION = "signer.";
/** Per client and minute; further refusals are only counted. */
const REFUSALS_WRITTEN = 60;

/** @throws SIGNER_AUDIT_BROKEN */
export async function createSigner<Policy>(
  access: SignerAccess<Policy>,
  ports: SignerPorts<Policy>,
): Promise<PermittedSigner<Policy>> {
  const operations = new Map(ports.operations.map((operation) => [operation.name, operation]));
  await restore(ports.audit, operations);
  return new PermittedSigner(access, operations, ports);
}

/** [SIGNER-2] */
export class PermittedSigner<Policy> implements Signer {
  #access: SignerAccess<Policy>;
  readonly #operations: ReadonlyMap<SignerOperation, SigningOperation<Policy>>;
  readonly #ports: SignerPorts<Policy>;
  readonly #log: AuditLog;
  /** One queue per key, so that limits include all earlier requests. */
  readonly #queues = new Map<string, SerialQueue>();
  readonly #requests = new Map<string, SlidingWindow>();
  readonly #refusals = new Map<string, SlidingWindow>();
  #unwritten = 0;

  constructor(
    access: SignerAccess<Policy>,
    operations: ReadonlyMap<SignerOperation, SigningOperation<Policy>>,
    ports: SignerPorts<Policy>,
  ) {
    this.#access = access;
    this.#operations = operations;
    this.#ports = ports;
    this.#log = createAuditLog({ store: ports.audit, clock: ports.clock });
  }

  setAccess(access: SignerAccess<Policy>): void {
    this.#access = access;
  }

  keysOf(name: string): readonly SignerKey[] {
    const client = this.#counted(name);
    return this.#ports.keys.all.filter(({ id }) => mayUse(client, id));
  }

  ask(question: Question): Promise<SignerAnswer> {
    const place = keyOf(this.#ports.keys, question.key)?.id ?? "";
    return this.#queueOf(place).run(async () => {
      const { key, admitted } = await this.#admit(question).catch(async (error: unknown) => {
        if (isTrellisError(error)) await this.#writeRefusal(question, place, error);
        throw error;
      });
      return { key, answer: await this.#answer(question, key, admitted) };
    });
  }

  async #admit({ client: name, key: keyName, operation, body }: Question) {
    const client = this.#counted(name);
    const { key, permission } = this.#permitted(client, keyName, operation);
    const offered = this.#operations.get(operation);
    if (offered === undefined) throw signerErrors.SIGNER_REFUSED({ rule: "operation", operation });
    return { key, admitted: await offered.admit({ client: name, key, permission, body }) };
  }

  /** Forbidden keys are reported as unknown. */
  #permitted(
    client: ClientAccess<Policy>,
    name: string,
    operation: SignerOperation,
  ): { readonly key: SignerKey; readonly permission: Permission<Policy> } {
    const key = keyOf(this.#ports.keys, name);
    const permission = key && permissionOf(client, key.id, operation);
    if (key !== undefined && permission !== undefined) return { key, permission };
    const facts = { client: client.name, key: name.slice(0, 140), operation };
    throw signerErrors.SIGNER_REFUSED({ rule: "permission", ...facts });
  }

  async #answer(
    { client, operation }: Question,
    key: SignerKey,
    { subject, facts, answer }: AdmittedRequest,
  ) {
    const { lease } = this.#ports;
    lease.check();
    const event = { actor: client, action: ACTION + operation, subject };
    const entry = await this.#write({ ...event, facts: { ...facts, key: key.id }, outcome: "done" });
    try {
      // Checks again, because writing the audit entry may be slow.
      lease.check();
      return await answer(entry);
    } catch (error) {
      const code = isTrellisError(error) ? error.code : "unknown";
      await this.#write({ ...event, outcome: "failed", facts: { key: key.id, code } });
      throw error;
    }
  }

  #counted(name: string): ClientAccess<Policy> {
    const client = this.#access.get(name);
    if (client === undefined)
      throw signerErrors.SIGNER_REFUSED({ rule: "client", client: name.slice(0, 64) });
    const { requestsPerMinuteMax } = client;
    if (this.#isWithin(requestsPerMinuteMax, name, this.#requests)) return client;
    throw signerErrors.SIGNER_RATE_EXCEEDED({ client: name, requestsPerMinuteMax });
  }

  #isWithin(perMinuteMax: number, client: string, windows: Map<string, SlidingWindow>): boolean {
    const window = windows.get(client) ?? new SlidingWindow(MINUTE_MS);
    windows.set(client, window);
    return window.take(this.#ports.clock.nowMs(), 1, perMinuteMax);
  }

  #queueOf(place: string): SerialQueue {
    const queue = this.#queues.get(place) ?? new SerialQueue();
    this.#queues.set(place, queue);
    return queue;
  }

  #write(event: Omit<AuditEvent, "correlationId">): Promise<AuditEntry> {
    const refusedBefore = this.#unwritten === 0 ? {} : { refusedBefore: String(this.#unwritten) };
    this.#unwritten = 0;
    return this.#log.append({ ...event, correlationId: "", facts: { ...event.facts, ...refusedBefore } });
  }

  /** Refusals must not fill the disk. */
  async #writeRefusal({ client, operation }: Question, subject: string, error: TrellisError): Promise<void> {
    if (!this.#isWithin(REFUSALS_WRITTEN, client, this.#refusals)) {
      this.#unwritten += 1;
      return;
    }
    const facts = { ...textsOf(error.facts), code: error.code };
    const event = { actor: client, action: ACTION + operation, subject, facts };
    await this.#write({ ...event, outcome: "refused" }).catch(() => {});
  }
}

async function restore<Policy>(
  audit: AuditStore,
  operations: ReadonlyMap<SignerOperation, SigningOperation<Policy>>,
): Promise<void> {
  for (let from = 0; ; from += READ_AT_ONCE) {
    const entries = await audit.read(from, READ_AT_ONCE);
    for (const entry of entries) {
      if (entry.outcome !== "done" || !entry.action.startsWith(ACTION)) continue;
      const operation = operations.get(entry.action.slice(ACTION.length) as SignerOperation);
      operation?.restore?.(entry, entry.facts.key ?? "");
    }
    if (entries.length < READ_AT_ONCE) return;
  }
}

function keyOf(keys: SignerKeys, name: string): SignerKey | undefined {
  const digits = name.startsWith("0x") ? name.slice(2) : name;
  const isPublicKey = digits.length >= 64 && isHex(`0x${digits}`);
  return isPublicKey ? keys.findByPublicKey(hexToBytes(`0x${digits}`)) : keys.find(name);
}

function textsOf(facts: TrellisError["facts"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, String(fact).slice(0, 1_024)]),
  );
}
