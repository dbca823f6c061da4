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
    isCovered: z.boolean().meta({ description: "whether reserves cover the liabilities of every asset" }),
    logIndex: z.int().nullable().meta({ description: "index in the transparency log" }),
  })
  .meta({ id: "AttestationSummary" });

const CLAIM_CODES = [
  "BITCOIN_SIGNATURE_INVALID",
  "BITCOIN_SCRIPT_UNSUPPORTED",
  "OWNERSHIP_SIGNATURE_INVALID",
  "CHALLENGE_REFUSED",
  "ADDRESS_CLAIMED_TWICE",
  "ADDRESS_CLAIMED_BY_ANOTHER",
];

type Ports = Pick<ReservesApiPorts, "addresses" | "attestations" | "jobs">;

export function reserveRoutes(ports: Ports): readonly Route[] {
  return [...addressRoutes(ports), ...attestationRoutes(ports)];
}

function addressRoutes({ addresses }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listAddresses",
        method: "GET",
        path: "/v1/addresses",
        tag: "reserves",
        summary: "Lists addresses with a proof of ownership",
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
        summary: "Returns the challenge that the owner of an address signs",
        description: "A challenge is valid once, for one snapshot and one address.",
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

function claimRoutes({ addresses }: Pick<Ports, "addresses">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "claimAddress",
        method: "POST",
        path: "/v1/addresses",
        tag: "reserves",
        summary: "Adds an address with a signed challenge",
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
        summary: "Removes an address",
        access: operators("reserves:write"),
        params: z.strictObject({ chain, address }),
        answer: { status: 204, description: "removed" },
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

function attestationRoutes({ attestations, jobs }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listAttestations",
        method: "GET",
        path: "/v1/attestations",
        tag: "reserves",
        summary: "Lists attestations, newest first",
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
        summary: "Starts an attestation of a snapshot",
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

function oneAttestationRoutes({ attestations }: Pick<Ports, "attestations">): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getAttestation",
        method: "GET",
        path: "/v1/attestations/{attestationId}",
        tag: "reserves",
        summary: "Returns a signed attestation in its verifiable form",
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
        summary: "Lists the ownership signatures of an attestation's addresses",
        description: "Auditors verify the signatures themselves.",
        access: staff("reserves:read"),
        params: z.strictObject({ attestationId }),
        answer: {
          status: 200,
          description: "one claim per address",
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
