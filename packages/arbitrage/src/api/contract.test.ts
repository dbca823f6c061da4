import { contractFaults } from "@trellis/kit/contract";
import { expect, it } from "vitest";
import { loseTheDay } from "./testing/loseTheDay.ts";
import { openTestService } from "./testing/openTestService.ts";

it("every answer matches the OpenAPI document", async () => {
  const service = await openTestService();
  await loseTheDay(service.risk);
  const { requests, operations, faults } = await contractFaults(service);
  console.info(`${requests} requests over ${operations} operations`);
  expect(faults.slice(0, 25)).toEqual([]);
  expect(service.defects).toEqual([]);
  await service.server.close();
});
