import type { OpenApiDocument } from "@trellis/platform/openapi";
import { type Actor, type ContractCase, contractCases } from "@trellis/platform/testing";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { FastifyInstance } from "fastify";

interface ContractedService {
  readonly server: Pick<FastifyInstance, "inject">;
  readonly document: OpenApiDocument;
  tokenOf(actor: Actor): Promise<string | undefined>;
}

interface ContractReport {
  readonly requests: number;
  readonly operations: number;
  readonly faults: readonly string[];
}

export async function contractFaults(service: ContractedService): Promise<ContractReport> {
  const schemaFaults = schemaChecker(service.document);
  const cases = contractCases(service.document);
  const order = ({ method, expected }: ContractCase) =>
    method === "DELETE" && expected !== undefined && expected.status < 300 ? 1 : 0;
  const faults: string[] = [];
  for (const one of cases.toSorted((a, b) => order(a) - order(b))) {
    const fault = await faultOf(one, service, schemaFaults);
    if (fault !== undefined) faults.push(fault);
  }
  const operations = new Set(cases.map(({ operationId }) => operationId)).size;
  return { requests: cases.length, operations, faults };
}

async function faultOf(
  one: ContractCase,
  service: ContractedService,
  schemaFaults: SchemaChecker,
): Promise<string | undefined> {
  const { statusCode, headers, payload } = await answerTo(one, service);
  const operation = Object.values(service.document.paths)
    .flatMap((own) => Object.values(own))
    .find(({ operationId }) => operationId === one.operationId);
  const documented = operation?.responses[String(statusCode)];
  const about = `${one.name}: ${statusCode} ${payload.slice(0, 300)}`;
  if (documented === undefined) return `${about}: no such answer in the document`;
  if (one.expected === undefined) return statusCode >= 500 ? about : undefined;
  if (statusCode !== one.expected.status) return `${about}: expected ${one.expected.status}`;
  const type = String(headers["content-type"]).split(";")[0] ?? "";
  const content = documented.content?.[type] ?? documented.content?.[String(headers["content-type"])];
  if (documented.content !== undefined && content === undefined)
    return `${about}: ${type} is not in the document`;
  if (content === undefined || !type.endsWith("json")) return undefined;
  const value = JSON.parse(payload);
  if (statusCode >= 400 && !documented["x-codes"]?.includes(value.code))
    return `${about}: its code is not in the document`;
  if (one.expected.code !== undefined && value.code !== one.expected.code)
    return `${about}: expected ${one.expected.code}`;
  if (content.schema.format === "binary") return undefined;
  const unfit = schemaFaults(content.schema, value);
  return unfit && `${about}: ${unfit}`;
}

type SchemaChecker = (schema: object, value: unknown) => string | undefined;

function schemaChecker({ components }: OpenApiDocument): SchemaChecker {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const compiled = new Map<object, ReturnType<typeof ajv.compile>>();
  return (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile({ ...schema, components });
    compiled.set(schema, validate);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };
}

async function answerTo({ method, target, headers, body, actor }: ContractCase, service: ContractedService) {
  const token = await service.tokenOf(actor);
  return service.server.inject({
    method: method as "GET",
    url: target,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    ...(body === undefined ? {} : { payload: Buffer.from(body) }),
  });
}
