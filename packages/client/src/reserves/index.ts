export { createSigningFetch, importRequestKey, type RequestKey } from "@trellis/crypto/httpSignatures";
export type * from "../../generated/reservesOperations.ts";
export { type Custodian, createCustodian, type EnteredCounts } from "./createCustodian.ts";
export {
  type Customer,
  type CustomerCheck,
  createCustomer,
  type ExpectedProof,
  type Verdict,
  type VerifyLocally,
} from "./createCustomer.ts";
export {
  type Answer,
  createReservesClient,
  type Input,
  type ItemOf,
  type ListId,
  type OperationId,
  type ReservesClient,
  type ReservesClientOptions,
} from "./createReservesClient.ts";
export { reservesClientErrors } from "./errors.ts";
export type { ReservesClientPorts } from "./ReservesClientPorts.ts";
