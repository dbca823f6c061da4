import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import { z } from "zod";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { snapshotId, timeMs } from "../schemas/common.ts";
import { operators, PUBLIC, staff } from "./access.ts";
import { addedJob, addJob } from "./jobs.ts";

const chain = z
  .string()
  .min(3)
  .max(64)
  .meta({ id: "ChainId", description: "CAIP-2", examples: ["eip155:1"] });
const address = z
  .string()
  .min(1)
  .max(128)
  .meta({ id: "Address", examples: [`0x${"11".repeat(20)}`, `0x${"99".repeat(20)}`] });
const method = z.enum(["bip322", "eip191", "eip712", "eip1271"]).meta({ id: "OwnershipMethod" });
const ownershipClaim = z
  .strictObject({
    challenge: z.string().min(1).max(2_048),
    method,
    signature: z.string().min(1).max(65_536),
  })
  .meta({ id: "OwnershipClaim" });
const reserveAddress = z
  .strictObject({ chain, address, method: z.string(), snapshotId, claimedAtMs: timeMs })
  .meta({ id: "ReserveAddress" });
const attestationId = z
  .string()
  .min(1)
  .max(128)
  .meta({ id: "AttestationId", examples: ["attestation-1", "missing"] });
const attestation = z
  .strictObject({
    id: attestationId,
    snapshotId,
    timeMs,
    isCovered: z.boolean().meta({ description: "whether the reserves of every asset reach what is owed" }),
    logIndex: z.int().nullable().meta({ description: "its place in the transparency log" }),
  })
  .meta({ id: "AttestationSummary" });

const CLAIM_CODES = [
  "BITCOIN_SCRIPT_FAILED",
  "BITCOIN_SCRIPT_UNSUPPORTED",
  "BITCOIN_TRANSACTION_MALFORMED",
  "OWNERSHIP_SIGNATURE_INVALID",
  "CHALLENGE_MALFORMED",
  "CHALLENGE_REFUSED",
  "ADDRESS_CLAIMED_TWICE",
  "ADDRESS_CLAIMED_BY_ANOTHER",
];

type Parts = Pick<ReservesApiPorts, "addresses" | "attestations" | "jobs">;

export function reserveRoutes(parts: Parts): readonly Route[] {
  return [...addressRoutes(parts), ...attestationRoutes(parts)];
}

function addressRoutes({ addresses }: Parts): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listAddresses",
        method: "GET",
        path: "/v1/addresses",
        tag: "reserves",
        summary: "Addresses whose keys the custodian has shown to hold",
        access: staff("reserves:read"),
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(reserveAddress) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["addresses"],
          (after, limit) => addresses.list(after, limit),
          (one) => `${one.chain} ${one.address}`,
        ),
    ),
    defineRoute(
      {
        id: "issueChallenge",
        method: "POST",
        path: "/v1/challenges",
        tag: "reserves",
        summary: "The text that an address's holder signs",
        description: "Good for one snapshot, one address, and once.",
        access: operators("reserves:write"),
        body: z.strictObject({ chain, address, snapshotId }),
        answer: {
          status: 201,
          description: "the challenge",
          schema: z.strictObject({ challenge: z.string() }),
        },
        errors: ["SNAPSHOT_UNKNOWN", "CHAIN_ADDRESS_INVALID"],
      },
      async ({ body }) => ({ challenge: await addresses.challenge(body) }),
    ),
    ...claimRoutes({ addresses }),
  ];
}

function claimRoutes({ addresses }: Pick<Parts, "addresses">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "claimAddress",
        method: "POST",
        path: "/v1/addresses",
        tag: "reserves",
        summary: "Claims an address by a signed challenge",
        access: operators("reserves:write"),
        body: ownershipClaim,
        answer: { status: 201, description: "the address", schema: reserveAddress },
        errors: ["CHAIN_ADDRESS_INVALID", ...CLAIM_CODES],
        idempotency: "optional",
        cost: 5,
      },
      ({ body }) => addresses.claim(body),
    ),
    defineRoute(
      {
        id: "releaseAddress",
        method: "DELETE",
        path: "/v1/addresses/{chain}/{address}",
        tag: "reserves",
        summary: "Gives an address up",
        access: operators("reserves:write"),
        params: z.strictObject({ chain, address }),
        answer: { status: 204, description: "given up" },
        errors: ["NOT_FOUND"],
      },
      async ({ params }) => {
        if (!(await addresses.release(params.chain, params.address)))
          throw httpErrors.NOT_FOUND({ reason: "no such address" });
        return undefined;
      },
    ),
  ];
}

function attestationRoutes({ attestations, jobs }: Parts): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listAttestations",
        method: "GET",
        path: "/v1/attestations",
        tag: "reserves",
        summary: "Attestations, newest first",
        access: PUBLIC,
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(attestation) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["attestations"],
          async (before, limit) =>
            (await attestations.list(before, limit)).map(({ logIndex, ...rest }) => ({
              ...rest,
              logIndex: logIndex ?? null,
            })),
          ({ id }) => id,
        ),
    ),
    ...oneAttestationRoutes({ attestations }),
    defineRoute(
      {
        id: "attest",
        method: "POST",
        path: "/v1/attestations",
        tag: "reserves",
        summary: "Begins an attestation of a snapshot",
        access: operators("reserves:write"),
        body: z.strictObject({ snapshotId }),
        answer: { status: 202, description: "the job", schema: addedJob },
        errors: ["JOB_RUNNING", "RESERVES_CHAINS_MISSING", "LOG_ROLLED_BACK"],
        idempotency: "required",
        cost: 20,
      },
      ({ body, principal }) =>
        addJob(
          jobs,
          "attestation",
          { snapshotId: body.snapshotId, by: principal.id },
          `attestation ${body.snapshotId}`,
        ),
    ),
  ];
}

function oneAttestationRoutes({ attestations }: Pick<Parts, "attestations">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getAttestation",
        method: "GET",
        path: "/v1/attestations/{attestationId}",
        tag: "reserves",
        summary: "A signed attestation, as it is verified",
        access: PUBLIC,
        params: z.strictObject({ attestationId }),
        answer: { status: 200, description: "the signed text", mediaType: "application/json; charset=utf-8" },
        errors: ["NOT_FOUND"],
      },
      async ({ params: { attestationId: id } }) => {
        const found = await attestations.signed(id);
        if (found === undefined) throw httpErrors.NOT_FOUND({ reason: "no such attestation" });
        return found;
      },
    ),
    defineRoute(
      {
        id: "getEvidence",
        method: "GET",
        path: "/v1/attestations/{attestationId}/evidence",
        tag: "reserves",
        summary: "The signatures by which the addresses of an attestation were claimed",
        description: "For auditors, who check them themselves.",
        access: staff("reserves:read"),
        params: z.strictObject({ attestationId }),
        answer: {
          status: 200,
          description: "one claim an address",
          schema: z.strictObject({ claims: z.array(ownershipClaim) }),
        },
        errors: ["NOT_FOUND"],
        cost: 5,
      },
      async ({ params: { attestationId: id } }) => {
        const claims = await attestations.evidence(id);
        if (claims === undefined) throw httpErrors.NOT_FOUND({ reason: "no such attestation" });
        return { claims: [...claims] };
      },
    ),
  ];
}
