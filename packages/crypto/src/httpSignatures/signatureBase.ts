import type { SignableRequest } from "./SignableRequest.ts";
import { formatSignatureInput, type SignatureInput } from "./structuredFields.ts";

/** RFC 9421 section 2.5. Undefined if a component is repeated, absent or unsupported. */
export function signatureBase(request: SignableRequest, input: SignatureInput): string | undefined {
  const { components } = input;
  const values = components.map((name) => componentValue(request, name));
  if (values.includes(undefined) || new Set(components).size !== components.length) return undefined;
  const lines = components.map((name, index) => `"${name}": ${values[index]}`);
  return [...lines, `"@signature-params": ${formatSignatureInput(input)}`].join("\n");
}

function componentValue(request: SignableRequest, name: string): string | undefined {
  return name.startsWith("@") ? derivedValue(request, name) : fieldValue(request, name);
}

function derivedValue(request: SignableRequest, name: string): string | undefined {
  const { method, scheme, authority, target } = request;
  const queryAt = target.indexOf("?");
  switch (name) {
    case "@method":
      return method;
    case "@scheme":
      return scheme;
    case "@authority":
      return authority;
    case "@request-target":
      return target;
    case "@target-uri":
      return `${scheme}://${authority}${target}`;
    case "@path":
      return (queryAt < 0 ? target : target.slice(0, queryAt)) || "/";
    case "@query":
      return queryAt < 0 ? "?" : target.slice(queryAt);
    default:
      return undefined;
  }
}

/** RFC 9421 section 2.1. */
function fieldValue({ headers }: SignableRequest, name: string): string | undefined {
  if (name !== name.toLowerCase()) return undefined;
  const given = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (given === undefined) return undefined;
  const values = typeof given === "string" ? [given] : given;
  return values.map((value) => value.trim()).join(", ");
}
