import { stringify } from "yaml";
import type { Alert } from "./Alert.ts";
import { ALERTS, RECORDINGS } from "./rules.ts";

const GUIDE = "docs/guides/troubleshooting.md";
const HEAD = "# Written by `npm run check -- --write` from tools/src/deploy/monitoring.\n";

/** Rule file of Prometheus. */
export function rulesDocument(): string {
  const recordings = Object.entries(RECORDINGS).map(([record, expr]) => ({ record, expr }));
  const groups = [
    { name: "trellis-recordings", rules: recordings },
    ...Object.entries(ALERTS).map(([name, alerts]) => ({
      name: `trellis-${name.toLowerCase()}`,
      rules: alerts.map(rule),
    })),
  ];
  return HEAD + stringify({ groups }, { lineWidth: 0 }).trimEnd();
}

function rule({ name, severity, expression, holds, summary }: Alert): object {
  return {
    alert: name,
    expr: expression,
    ...(holds !== "0m" && { for: holds }),
    labels: { severity },
    annotations: { summary, runbook_url: `${GUIDE}#${name.toLowerCase()}` },
  };
}

/** Chapter of the guide: what each alert means, and what to do. */
export function runbooksDocument(): string {
  const chapters = Object.entries(ALERTS).map(([name, alerts]) =>
    [`### ${name}`, ...alerts.map(runbook)].join("\n\n"),
  );
  return chapters.join("\n\n");
}

function runbook({ name, severity, meaning, steps }: Alert): string {
  const numbered = steps.map((step, index) => `${index + 1}. ${step}`).join("\n");
  return `#### ${name}\n\n${meaning} (${severity})\n\n${numbered}`;
}
