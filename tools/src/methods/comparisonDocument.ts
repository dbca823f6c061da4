import type { MethodComparison } from "@trellis/rpc";

const SECTIONS = {
  different: "Different",
  missing: "Missing",
  same: "Same",
  "only here": "Only here",
} as const;

/** A line per difference, or reason, and node: the formatter would make a table very wide. */
export function comparisonDocument(methods: readonly MethodComparison[]): string {
  const sections = Object.entries(SECTIONS).flatMap(([here, heading]) => {
    const groups = Map.groupBy(
      methods.filter((method) => method.here === here),
      (method) => `${nodesOf(method)} | ${method.reason}`,
    );
    const lines = [...groups.values()].map((group) => line(group));
    return lines.length === 0 ? [] : [`\n### ${heading}\n`, ...lines];
  });
  return `${sections.join("\n")}\n`;
}

function line(group: readonly MethodComparison[]): string {
  const [first] = group;
  const names = group.map(({ name }) => (name.includes("`") ? name : `\`${name}\``)).join(", ");
  const parts = [nodesOf(first!), names, first!.reason].filter((part) => part !== "");
  return `- ${parts.join(": ")}`;
}

function nodesOf({ inAnvil, inHardhat }: MethodComparison): string {
  if (inAnvil && inHardhat) return "A, H";
  if (inAnvil) return "A";
  return inHardhat ? "H" : "";
}
