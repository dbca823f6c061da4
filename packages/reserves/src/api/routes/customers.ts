import { defineRoute, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import { z } from "zod";
import type { Customer } from "../../ledger/index.ts";
import type { ReservesApiPorts } from "../ReservesApiPorts.ts";
import { customerId, timeMs } from "../schemas/common.ts";
import { about, operators, personal, staff } from "./access.ts";

const customer = z
  .strictObject({ id: customerId, addedAtMs: timeMs, isErased: z.boolean() })
  .meta({ id: "Customer" });
const params = z.strictObject({ customerId });

type Ports = Pick<ReservesApiPorts, "ledger">;

export function customerRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "addCustomers",
        method: "POST",
        path: "/v1/customers",
        tag: "customers",
        summary: "Adds customers",
        description: "Existing customers stay unchanged.",
        access: operators("customers:write"),
        body: z.strictObject({ ids: z.array(customerId).min(1).max(10_000) }),
        answer: {
          status: 201,
          description: "number of new customers",
          schema: z.strictObject({ addedCount: z.int() }),
        },
        errors: ["ENTRY_INVALID", "LEDGER_BATCH_SIZE"],
        idempotency: "optional",
        cost: 5,
        bodyBytesMax: 2_097_152,
      },
      async ({ body }) => ({
        addedCount: await ledger.addCustomers(body.ids.map((reference) => ({ reference }))),
      }),
    ),
    defineRoute(
      {
        id: "listCustomers",
        method: "GET",
        path: "/v1/customers",
        tag: "customers",
        summary: "Lists customers in the order in which they were added",
        access: staff("customers:read"),
        query: z.strictObject(pageQuery),
        answer: { status: 200, description: "a page", schema: pageOf(customer) },
        errors: ["CURSOR_INVALID"],
      },
      ({ query }) =>
        readPage(
          query,
          ["customers"],
          async (after, limit) =>
            (await ledger.customers({ ...(after === undefined ? {} : { after }), limit })).map(shown),
          ({ id }) => id,
        ),
    ),
    ...oneCustomerRoutes({ ledger }),
  ];
}

function oneCustomerRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getCustomer",
        method: "GET",
        path: "/v1/customers/{customerId}",
        tag: "customers",
        summary: "Returns a customer",
        access: personal("customers:read", "ofParam"),
        params,
        answer: { status: 200, description: "the customer", schema: customer },
        errors: ["LEDGER_UNKNOWN"],
      },
      async ({ params, rows }) => shown(await ledger.customer(rows.require(params.customerId))),
    ),
    defineRoute(
      {
        id: "eraseCustomer",
        method: "DELETE",
        path: "/v1/customers/{customerId}/key",
        tag: "customers",
        summary: "Erases the identity of a customer",
        description:
          "Deletes the key from which the salts and the keys of personal columns are derived. No further proofs of the customer are issued, and a job overwrites the data that links leaves of stored trees to the customer. Records and issued proofs stay valid.",
        access: about("customers:erase", ["admin"]),
        params,
        answer: { status: 204, description: "erased" },
        errors: ["LEDGER_UNKNOWN"],
      },
      async ({ params, rows }) =>
        ledger.eraseCustomerKey(rows.require(params.customerId)) as Promise<undefined>,
    ),
  ];
}

function shown({ reference, addedAtMs, isErased }: Customer) {
  return { id: reference, addedAtMs, isErased };
}
