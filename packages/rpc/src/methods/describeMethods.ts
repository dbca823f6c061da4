import type { Role } from "../options.ts";
import { ALL_METHODS } from "./allMethods.ts";

export interface MethodDescription {
  readonly name: string;
  readonly summary: string;
  readonly role: Role;
  readonly params: readonly {
    readonly name: string;
    readonly isRequired: boolean;
    readonly schema: object;
  }[];
}

export function describeMethods(): MethodDescription[] {
  return ALL_METHODS.map(({ name, summary, role, params }) => ({
    name,
    summary,
    role,
    params: params.map((parameter) => ({
      name: parameter.name,
      isRequired: parameter.isRequired,
      schema: parameter.schema,
    })),
  })).sort((a, b) => (a.name < b.name ? -1 : 1));
}
