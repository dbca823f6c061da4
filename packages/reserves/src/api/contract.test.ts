import { contractFaults } from "@trellis/kit/contract";
import { embeddedDatabase, SILENT } from "@trellis/kit/embedded";
import { type Database, openDatabase } from "@trellis/platform/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestService } from "./testing/openTestService.ts";

const embedded = await embeddedDatabase();
let database: Database;
beforeAll(() => {
  database = openDatabase({ url: embedded }, SILENT);
});
afterAll(() => database.close());

it("every answer matches the OpenAPI document", async () => {
  const service = await openTestService(database, "contract");
  const { requests, operations, faults } = await contractFaults(service);
  console.info(`${requests} requests over ${operations} operations`);
  expect(faults.slice(0, 25)).toEqual([]);
  expect(service.defects).toEqual([]);
  await service.server.close();
});
