import type { Clock } from "@trellis/base";
import { logErrors } from "./errors.ts";
import { headKeyId, type Verifiers } from "./keys.ts";
import { formatNote, parseNote } from "./note.ts";
import type { HeadSigner } from "./signers.ts";
import { verifyConsistency } from "./verifyConsistency.ts";
import { cosignedMessage, type HeadTrust, verifyHead } from "./verifyHead.ts";

export interface SeenHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Must survive restarts: otherwise the witness could sign a split view. */
export interface WitnessMemory {
  read(origin: string): Promise<SeenHead | undefined>;
  /** Durable compare-and-set. */
  replace(origin: string, before: SeenHead | undefined, after: SeenHead): Promise<boolean>;
}

export interface Witness {
  /**
   * @param proof consistency proof from `oldSize`, the last seen size or 0
   * @throws codes of verifyHead and verifyConsistency; LOG_WITNESS_BEHIND with the size to prove from
   */
  cosign(signedHead: string, oldSize: number, proof: readonly Uint8Array[]): Promise<string>;
}

export interface WitnessOptions {
  readonly logs: readonly HeadTrust[];
  readonly signer: HeadSigner;
}

export function createWitness(
  options: WitnessOptions,
  deps: { readonly memory: WitnessMemory; readonly clock: Clock; readonly verifiers?: Verifiers },
): Witness {
  const { signer } = options;
  const keyId = headKeyId(signer.key);

  return {
    async cosign(signedHead, oldSize, proof) {
      const { text, signatures } = parseNote(signedHead);
      const origin = text.slice(0, text.indexOf("\n"));
      const trust = options.logs.find((known) => known.origin === origin);
      if (trust === undefined)
        throw logErrors.LOG_HEAD_REFUSED({ reason: "for another log", got: origin, expected: "a known log" });
      const head = verifyHead(signedHead, trust, deps.verifiers);

      const seen = await deps.memory.read(origin);
      checkAgainst(seen, head, oldSize, proof);
      await keep(origin, deps.memory, seen, { size: head.size, root: head.root });

      const timeSeconds = Math.floor(deps.clock.nowMs() / 1000);
      const signed = await signer.sign(cosignedMessage(text, timeSeconds));
      const signature = new Uint8Array(8 + signed.length);
      new DataView(signature.buffer).setBigUint64(0, BigInt(timeSeconds));
      signature.set(signed, 8);
      const others = signatures.filter((line) => line.name !== signer.key.name || line.keyId !== keyId);
      return formatNote({ text, signatures: [...others, { name: signer.key.name, keyId, signature }] });
    },
  };
}

export async function keep(
  origin: string,
  memory: WitnessMemory,
  before: SeenHead | undefined,
  after: SeenHead,
): Promise<void> {
  if (!(await memory.replace(origin, before, after)))
    throw logErrors.LOG_WITNESS_BEHIND({ oldSize: before?.size ?? 0 });
}

export function checkAgainst(
  seen: SeenHead | undefined,
  head: SeenHead,
  oldSize: number,
  proof: readonly Uint8Array[],
): void {
  const seenSize = seen?.size ?? 0;
  if (head.size < seenSize)
    throw logErrors.LOG_INCONSISTENT({
      reason: "the later head has fewer entries",
      oldSize: seenSize,
      newSize: head.size,
    });
  if (oldSize !== seenSize) throw logErrors.LOG_WITNESS_BEHIND({ oldSize, seenSize });
  // Every log is consistent with the empty log.
  if (seen === undefined || seen.size === 0) return;
  verifyConsistency({
    oldSize: seen.size,
    oldRoot: seen.root,
    newSize: head.size,
    newRoot: head.root,
    proof,
  });
}
