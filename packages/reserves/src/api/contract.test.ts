import { SILENT } from "@trellis/kit/databases";
import { type Database, openDatabase } from "@trellis/platform/db";
import { type ContractCase, contractCases } from "@trellis/platform/openapi";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestService, type TestService } from "./fixtures/openTestService.ts";

/** Every operation of the document, asked well and badly; what it destroys is asked last. */
describe("contract", () => {
  let database: Database;
  let service: TestService;
  let ajv: Ajv2020;

  beforeAll(async () => {
    database = openDatabase({ url: "pglite:" }, SILENT);
    service = await openTestService(database, "contract");
    ajv = new Ajv2020({ strict: false, validateFormats: false });
  });

  afterAll(async () => {
    await service.server.close();
    await database.close();
  });

  async function answer({ method, target, headers, body, actor }: ContractCase) {
    const token = await service.tokenOf(actor);
    return service.server.inject({
      method: method as "GET",
      url: target,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body === undefined ? {} : { payload: Buffer.from(body) }),
    });
  }

  function schemaFaults(schema: object, value: unknown): string {
    const validate = ajv.compile({ ...schema, components: service.document.components });
    return validate(value) ? "" : ajv.errorsText(validate.errors);
  }

  /** What of an answer the document does not say; empty where all is as it says. */
  async function faultOf(one: ContractCase): Promise<string | undefined> {
    const { statusCode, headers, payload } = await answer(one);
    const operation = Object.values(service.document.paths)
      .flatMap((own) => Object.values(own))
      .find(({ operationId }) => operationId === one.operationId);
    const said = operation?.responses[String(statusCode)];
    const about = `${one.name}: ${statusCode} ${payload.slice(0, 300)}`;
    if (said === undefined) return `${about}: no such answer in the document`;
    if (one.expected === undefined) return statusCode >= 500 ? about : undefined;
    if (statusCode !== one.expected.status) return `${about}: expected ${one.expected.status}`;
    const type = String(headers["content-type"]).split(";")[0] ?? "";
    const content = said.content?.[type] ?? said.content?.[String(headers["content-type"])];
    if (said.content !== undefined && content === undefined)
      return `${about}: ${type} is not in the document`;
    if (content === undefined || !type.endsWith("json")) return undefined;
    const value = JSON.parse(payload);
    if (statusCode >= 400 && !said["x-codes"]?.includes(value.code))
      return `${about}: its code is not in the document`;
    if (one.expected.code !== undefined && value.code !== one.expected.code)
      return `${about}: expected ${one.expected.code}`;
    if (content.schema.format === "binary") return undefined;
    const faults = schemaFaults(content.schema, value);
    return faults === "" ? undefined : `${about}: ${faults}`;
  }

  it("every answer is one that the document describes", async () => {
    const cases = contractCases(service.document);
    const order = (one: ContractCase) =>
      one.method === "DELETE" && one.expected !== undefined && one.expected.status < 300 ? 1 : 0;
    const faults: string[] = [];
    for (const one of cases.toSorted((a, b) => order(a) - order(b))) {
      const fault = await faultOf(one);
      if (fault !== undefined) faults.push(fault);
    }
    console.info(
      `${cases.length} requests over ${new Set(cases.map(({ operationId }) => operationId)).size} operations`,
    );
    expect(faults.slice(0, 25)).toEqual([]);
    expect(service.defects).toEqual([]);
  });
});
