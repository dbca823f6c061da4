import satisfies from "spdx-satisfies";
import type { Finding } from "../finding.ts";
import type { Sbom, SbomComponent } from "./writeSbom.ts";

/** Licences that permit distribution with a program under Apache-2.0, by SPDX id. */
export const ALLOWED_LICENCES: readonly string[] = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "MIT-0",
  "Zlib",
];

export function checkLicences({ components }: Sbom): Finding[] {
  return components.flatMap((component) => {
    const stated = licenceOf(component);
    if (stated !== undefined && isAllowed(stated)) return [];
    const { group, name, version } = component;
    const file = [group, name].filter(Boolean).join("/");
    const message = `${version}: ${stated ?? "states no licence"}; allowed are ${ALLOWED_LICENCES.join(", ")}`;
    return [{ file, line: 0, rule: "licence", message }];
  });
}

/** Several entries hold together: the SBOM joins alternatives in one expression. */
function licenceOf({ licenses = [] }: SbomComponent): string | undefined {
  const stated = licenses.map((entry) =>
    "expression" in entry ? `(${entry.expression})` : (entry.license.id ?? entry.license.name ?? "none"),
  );
  return stated.length === 0 ? undefined : stated.join(" AND ");
}

function isAllowed(expression: string): boolean {
  try {
    return satisfies(expression, ALLOWED_LICENCES);
  } catch {
    // Not SPDX, such as "SEE LICENSE IN FILE".
    return false;
  }
}
