import { describeReservesApi } from "@trellis/reserves/api";
import { expect, it } from "vitest";
import { routesDocument } from "./routesDocument.ts";

it("the document has every route with its roles", () => {
  const document = describeReservesApi();
  const text = routesDocument("reserves", document);
  const operations = Object.values(document.paths).flatMap((own) => Object.values(own));
  expect(text.match(/^\*\*(?:GET|POST|PUT|DELETE) /gm)).toHaveLength(operations.length);
  expect(text).toContain("**POST /v1/entries** (admin, operator; `ledger:write`): Records a batch");
  expect(text).toContain("**GET /v1/assets** (everyone): Lists assets");
  expect(text).toMatch(/POST \/v1\/reconciliations\*\* \(.*`; `Idempotency-Key`\): /);
});
