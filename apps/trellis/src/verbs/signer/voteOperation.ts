import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, isTrellisError } from "@trellis/base";
import {
  finalityErrors,
  openVoteLog,
  ProtectedSigner,
  protectionOf,
  type SystemVoteLog,
  signedBytesOf,
  type VoteRequest,
  writeProtection,
} from "@trellis/chain";
import { signerErrors } from "@trellis/platform/keys";
import type { SharedRecord, SignerKey, SignerKeys, SigningOperation } from "@trellis/platform/signer";
import { VOTE_STEPS, type VoteDomain } from "@trellis/protocol";
import { readDomain, readVoteRequest } from "../../node/voteMessages.ts";

export interface VoteOperations {
  readonly operations: readonly SigningOperation[];
  close(): Promise<void>;
}

interface OpenedKey {
  readonly domain: VoteDomain;
  readonly log: SystemVoteLog;
  readonly signer: ProtectedSigner;
}

/** The slashing protection record forbids a second vote per step, but stores no locks. */
const NO_LOCKS = { lockedRound: -1, lockedValue: undefined, validRound: -1, validValue: undefined } as const;

const STEPS = ["propose", ...VOTE_STEPS];

/** Marks a key that has never signed, so that its vote log may start. */
export function unusedMark(directory: string): string {
  return join(directory, "unused");
}

export function protectionDirectory(directory: string, publicKey: Uint8Array): string {
  return join(directory, Buffer.from(publicKey).toString("hex"));
}

/** Records each operation before returning its signature. [SIGNER-5] */
export function createVoteOperations(
  directory: string,
  keys: SignerKeys,
  shared?: Pick<SharedRecord, "claim">,
): VoteOperations {
  const opened = new Map<string, OpenedKey>();

  async function open(key: SignerKey, domain: VoteDomain): Promise<OpenedKey> {
    const known = opened.get(key.id);
    if (known !== undefined) {
      requireDomain(known.domain, domain);
      return known;
    }
    const folder = protectionDirectory(directory, key.publicKey);
    const mark = unusedMark(folder);
    const log = await openVoteLog(
      folder,
      { ...domain, publicKey: key.publicKey },
      // The lease protects the directory.
      { mayCreate: existsSync(mark), isLocked: true },
    );
    rmSync(mark, { force: true });
    const sign = async (request: VoteRequest): Promise<Uint8Array> => {
      await claim(shared, key, request);
      return keys.sign(key, signedBytesOf(request));
    };
    // If the log is from a backup, the node observes the network before it requests votes.
    const current = { ...log, restored: undefined };
    const signer = new ProtectedSigner(domain, { publicKey: key.publicKey, sign }, current);
    const entry = { domain, log, signer };
    opened.set(key.id, entry);
    return entry;
  }

  return {
    operations: [
      {
        name: "vote",
        async admit({ key, body }) {
          requireBls(key);
          const request = readVoteRequest(body);
          const { signer } = await open(key, request.domain);
          return {
            subject: `vote:${key.id}`,
            facts: factsOf(request),
            answer: () => signatureOf(signer, request),
          };
        },
      },
      {
        name: "protection",
        async admit({ key, body }) {
          requireBls(key);
          const domain = readDomain(body);
          const { signer } = await open(key, domain);
          const { last } = signer;
          const named = { ...domain, publicKey: key.publicKey };
          const text = last === undefined ? null : writeProtection(protectionOf(named, last));
          return { subject: `protection:${key.id}`, facts: {}, answer: async () => ({ protection: text }) };
        },
      },
    ],
    async close() {
      for (const { log } of opened.values()) await log.close();
    },
  };
}

/** Claims the step in the shared record. Heartbeats cannot equivocate. */
async function claim(
  shared: Pick<SharedRecord, "claim"> | undefined,
  { publicKey }: SignerKey,
  request: VoteRequest,
): Promise<void> {
  if (shared === undefined || request.kind === "heartbeat") return;
  const { height, round, step, value } =
    request.kind === "vote" ? request.vote : { ...request.proposal, step: "propose" as const };
  const number = (given: number): string => String(given).padStart(16, "0");
  const position = `${number(height)}/${number(round)}/${STEPS.indexOf(step)}`;
  try {
    const key = `${request.domain.genesisHash}/${bytesToHex(publicKey)}`;
    await shared.claim(key, { position, content: value ?? "nil" });
  } catch (error) {
    if (!isTrellisError(error, "SIGNER_REFUSED")) throw error;
    throw finalityErrors.VOTE_PROTECTED({ height, round, step, value, signed: "by another instance" }, error);
  }
}

async function signatureOf(signer: ProtectedSigner, request: VoteRequest): Promise<Uint8Array> {
  if (request.kind === "heartbeat") return (await signer.signHeartbeat(request.heartbeat)).signature;
  if (request.kind === "proposal") {
    const { round } = request.proposal;
    const memory = { ...NO_LOCKS, round, step: "propose", hasProposed: true } as const;
    return (await signer.signProposal(request.proposal, { memory, proof: undefined })).signature;
  }
  const { round, step } = request.vote;
  const memory = { ...NO_LOCKS, round, step, hasProposed: false } as const;
  return (await signer.signVote(request.vote, { memory, proof: undefined })).signature;
}

function factsOf(request: VoteRequest): Record<string, string> {
  const message =
    request.kind === "vote"
      ? request.vote
      : request.kind === "proposal"
        ? request.proposal
        : request.heartbeat;
  const facts = Object.entries(message).map(([name, value]) => [name, String(value)]);
  return { kind: request.kind, chainId: String(request.domain.chainId), ...Object.fromEntries(facts) };
}

function requireBls({ id, algorithm, purpose }: SignerKey): void {
  if (algorithm === "bls12-381" && purpose === "validator") return;
  throw signerErrors.SIGNER_REFUSED({ rule: "operation", key: id, operation: "vote" });
}

function requireDomain(known: VoteDomain, asked: VoteDomain): void {
  if (known.chainId === asked.chainId && known.genesisHash === asked.genesisHash) return;
  throw signerErrors.SIGNER_REFUSED({
    rule: "chain",
    chainId: asked.chainId,
    genesisHash: asked.genesisHash,
  });
}
