import { hexToBytes } from "@trellis/base";
import { uninterruptible } from "@trellis/platform/cancellation";
import { defineRoute, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import { z } from "zod";
import type { Publication } from "../../anchoring/index.ts";
import { proofToJson } from "../../liabilities/verify/index.ts";
import { requireBuildable, SCHEME_NAMES, type SignedRecord, snapshotsErrors } from "../../snapshots/index.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { assetId, base64, customerId, side, snapshotId } from "../schemas/common.ts";
import { snapshot, snapshotNumber, snapshotSummary } from "../schemas/snapshot.ts";
import { admins, operators, PUBLIC, personal } from "./access.ts";
import { addedJob, addJob } from "./jobs.ts";
import { verificationRoute } from "./verification.ts";

const params = z.strictObject({ snapshot: snapshotNumber });
const ownParams = z.strictObject({ customerId, snapshot: snapshotNumber });
const PROOF_CODES = [
  "SNAPSHOT_UNKNOWN",
  "SNAPSHOT_UNSIGNED",
  "SNAPSHOT_TREE_REMOVED",
  "CUSTOMER_UNKNOWN",
  "LIABILITIES_INPUT_INVALID",
  "LEDGER_CUSTOMER_ERASED",
];
const JSON_FILE = "application/json; charset=utf-8";

type Ports = Pick<ReservesApiPorts, "snapshots" | "proofs" | "publications" | "jobs">;

export function snapshotRoutes(ports: Ports): readonly Route[] {
  return [
    ...recordRoutes(ports),
    recordRoute(ports),
    endRoute(ports),
    ...proofRoutes(ports),
    signedStatementRoute(ports),
    verificationRoute(ports),
  ];
}

function recordRoutes({ snapshots, publications, jobs }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "takeSnapshot",
        method: "POST",
        path: "/v1/snapshots",
        tag: "snapshots",
        summary: "Starts a snapshot of all balances",
        access: operators("snapshots:write"),
        body: z.strictObject({
          scheme: z.enum(SCHEME_NAMES).default("sum").meta({
            description:
              "scheme of the liability tree; private-sum is reserved and returns LIABILITIES_INPUT_INVALID",
          }),
          blockHeights: z.record(z.string().min(1).max(128), z.int().min(0)).default({}).meta({
            description:
              "block height at which reserves are read, by chain (CAIP-2); none if a plan names chains",
          }),
        }),
        answer: { status: 202, description: "the snapshot job", schema: addedJob },
        errors: ["JOB_RUNNING", "LIABILITIES_INPUT_INVALID", "SNAPSHOT_TERMS_INVALID", "LOG_ROLLED_BACK"],
        idempotency: "required",
        cost: 20,
      },
      ({ body, principal }) => {
        const scheme = requireBuildable(body.scheme);
        return addJob(jobs, "snapshot", { ...body, scheme, by: principal.id }, "snapshot");
      },
    ),
    defineRoute(
      {
        id: "listSnapshots",
        method: "GET",
        path: "/v1/snapshots",
        tag: "snapshots",
        summary: "Lists snapshots, newest first",
        access: PUBLIC,
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(snapshotSummary) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["snapshots"],
          (before, limit) =>
            snapshots.list({ ...(before === undefined ? {} : { before: Number(before) }), limit }),
          ({ number }) => String(number),
        ),
    ),
    defineRoute(
      {
        id: "getSnapshot",
        method: "GET",
        path: "/v1/snapshots/{snapshot}",
        tag: "snapshots",
        summary: "Returns the signed record of a snapshot and where it is published",
        access: PUBLIC,
        params,
        answer: { status: 200, description: "the record", schema: snapshot },
        errors: ["SNAPSHOT_UNKNOWN", "SNAPSHOT_UNSIGNED"],
      },
      async ({ params: { snapshot: number } }) =>
        shown(await snapshots.record(number), await publications.of(number)),
    ),
  ];
}

function recordRoute({ snapshots, publications }: Ports): Route {
  return defineRoute(
    {
      id: "getRecord",
      method: "GET",
      path: "/v1/records/{snapshotId}",
      tag: "snapshots",
      summary: "Returns the signed record with the snapshot id of a proof file",
      access: PUBLIC,
      params: z.strictObject({ snapshotId }),
      answer: { status: 200, description: "the record", schema: snapshot },
      errors: ["SNAPSHOT_UNKNOWN"],
    },
    async ({ params: { snapshotId: id } }) => {
      const signed = await snapshots.recordOf(hexToBytes(id));
      if (signed === undefined) throw snapshotsErrors.SNAPSHOT_UNKNOWN({ snapshotId: id });
      return shown(signed, await publications.of(signed.record.number));
    },
  );
}

function endRoute({ snapshots }: Ports): Route {
  return defineRoute(
    {
      id: "endSnapshot",
      method: "DELETE",
      path: "/v1/snapshots/{snapshot}",
      tag: "snapshots",
      summary: "Cancels an unsigned snapshot and its job",
      access: admins("snapshots:write"),
      params,
      answer: { status: 204, description: "cancelled; the next snapshot has the same number" },
      errors: ["SNAPSHOT_UNKNOWN", "SNAPSHOT_SIGNED"],
    },
    async ({ params: { snapshot: number } }) => {
      await uninterruptible(() => snapshots.end(number));
      return undefined;
    },
  );
}

function proofRoutes({ snapshots, proofs }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getProof",
        method: "GET",
        path: "/v1/customers/{customerId}/snapshots/{snapshot}/proof",
        tag: "proofs",
        summary: "Returns the inclusion proof of a customer's balance as JSON",
        access: personal("proofs:read", "ofParam"),
        params: ownParams,
        answer: { status: 200, description: "a self-contained proof file", mediaType: JSON_FILE },
        errors: PROOF_CODES,
        cost: 2,
      },
      ({ params: { customerId: customer, snapshot: number }, rows }) =>
        proofs.json(number, rows.require(customer)),
    ),
    defineRoute(
      {
        id: "getProofFile",
        method: "GET",
        path: "/v1/customers/{customerId}/snapshots/{snapshot}/proof.bin",
        tag: "proofs",
        summary: "Returns the inclusion proof of a customer's balance in binary form",
        access: personal("proofs:read", "ofParam"),
        params: ownParams,
        answer: {
          status: 200,
          description: "a self-contained proof file",
          mediaType: "application/octet-stream",
        },
        errors: PROOF_CODES,
        cost: 2,
      },
      ({ params: { customerId: customer, snapshot: number }, rows }) =>
        proofs.binary(number, rows.require(customer)),
    ),
    defineRoute(
      {
        id: "getBatchProof",
        method: "POST",
        path: "/v1/snapshots/{snapshot}/proofs",
        tag: "proofs",
        summary: "Returns one inclusion proof of several customers, with shared nodes once",
        access: {
          kind: "protected",
          roles: ["admin", "operator", "auditor"],
          scope: "proofs:read",
          rows: "filtered",
        },
        params,
        body: z.strictObject({ customers: z.array(customerId).min(1).max(1_000) }),
        answer: { status: 200, description: "the proof as JSON", mediaType: JSON_FILE },
        errors: PROOF_CODES,
        cost: 20,
      },
      async ({ params: { snapshot: number }, body, rows }) => {
        const customers = [...new Set(body.customers)].map((customer) => rows.require(customer));
        return proofToJson(await snapshots.prove(number, customers));
      },
    ),
  ];
}

function signedStatementRoute({ snapshots }: Ports): Route {
  const number = z.coerce.number().int().min(0).max(999_999_999);
  return defineRoute(
    {
      id: "getSignedStatement",
      method: "GET",
      path: "/v1/customers/{customerId}/assets/{assetId}/signed-statement",
      tag: "proofs",
      summary: "Returns a signed statement of a balance between two snapshots",
      description:
        "The customer's evidence against the custodian if two proofs and the entries between them do not match.",
      access: personal("proofs:read", "ofParam"),
      params: z.strictObject({ customerId, assetId }),
      query: z.strictObject({
        from: number.meta({ description: "snapshot number, or 0 for the beginning", examples: [0] }),
        to: number.meta({ description: "snapshot number", examples: [1] }),
        side: side.default("equity"),
      }),
      answer: {
        status: 200,
        description: "the statement",
        schema: z
          .strictObject({
            encoded: base64.meta({ description: "the signed canonical JSON" }),
            signature: base64.meta({ description: "Ed25519 signature of the custodian" }),
          })
          .meta({ id: "SignedStatement" }),
      },
      errors: ["SNAPSHOT_UNKNOWN", "SNAPSHOT_UNSIGNED", "LEDGER_UNKNOWN"],
      cost: 5,
    },
    async ({ params: { customerId: customer, assetId: asset }, query, rows }) => {
      const { bytes, signature } = await snapshots.statement({
        customer: rows.require(customer),
        asset,
        ...query,
      });
      return { encoded: toBase64(bytes), signature: toBase64(signature) };
    },
  );
}

function shown(
  { record: { debts, ...record }, bytes, signature }: SignedRecord,
  { logIndex, anchor }: Publication,
) {
  return {
    record: {
      ...record,
      totals: [...record.totals],
      blockHeights: { ...record.blockHeights },
      ...(debts === undefined ? {} : { debts: [...debts] }),
    },
    encoded: toBase64(bytes),
    signature: toBase64(signature),
    logIndex: logIndex ?? null,
    anchor: anchor ?? null,
  };
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
