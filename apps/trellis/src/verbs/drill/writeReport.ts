import { bytesText } from "../db/bytesText.ts";
import { writeResultFile } from "../reserves/resultFile.ts";
import { type DrillReport, seconds } from "./DrillRecord.ts";

export async function writeReport(file: string, report: DrillReport): Promise<void> {
  const text = file.endsWith(".json") ? `${JSON.stringify(report, undefined, 2)}\n` : markdownOf(report);
  await writeResultFile(file, text);
}

export function markdownOf(report: DrillReport): string {
  const { kind, startedAt, release, isPassed, backup, steps, checks } = report;
  return [
    `# Drill: ${kind}`,
    "",
    `${isPassed ? "Passed" : "**Failed**"}. Started ${startedAt}, Trellis ${release}.`,
    ...(backup === undefined ? [] : [`Backup ${backup.id} of ${backup.at} in ${backup.repository}.`]),
    "",
    "## Figures",
    "",
    ...table(["figure", "value"], figureRows(report)),
    "",
    "## Checks",
    "",
    ...table(
      ["check", "result", "detail"],
      checks.map((check) => [check.name, check.isPassed ? "passed" : "**failed**", check.detail]),
    ),
    "",
    "## Steps",
    "",
    ...table(
      ["step", "duration"],
      steps.map((step) => [step.isPassed ? step.name : `${step.name} (failed)`, seconds(step.durationMs)]),
    ),
    "",
  ].join("\n");
}

/** What is printed for people. */
export function summaryOf(report: DrillReport): string {
  const rows = figureRows(report).map(([name, value]) => `${name}: ${value}`);
  const passed = report.checks.filter(({ isPassed }) => isPassed).length;
  return `${[...rows, `${passed} of ${report.checks.length} checks passed`].join("\n")}\n`;
}

function figureRows({ figures }: DrillReport): [name: string, value: string][] {
  const { recoveryPoints, recoveryTimeMs, restoredBytes, restoredBytesPerSecond } = figures;
  const points = Object.entries(recoveryPoints).map(([part, point]): [string, string] => {
    const { lostMs, writes, lostWrites } = point;
    const lost = writes === 0 ? "" : ` (${lostWrites} of ${writes} acknowledged writes lost)`;
    return [`recovery point of ${part}`, `${seconds(lostMs)}${lost}`];
  });
  return [
    ...points,
    ...(recoveryTimeMs === undefined ? [] : [row("recovery time", seconds(recoveryTimeMs))]),
    ...(restoredBytes === undefined ? [] : [row("restored", bytesText(restoredBytes))]),
    ...(restoredBytesPerSecond === undefined
      ? []
      : [row("speed of the restore", `${(restoredBytesPerSecond / 1e6).toFixed(1)} MB/s`)]),
  ];
}

function row(name: string, value: string): [string, string] {
  return [name, value];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")).join(" | ")} |`;
  return [line(columns), line(columns.map(() => "---")), ...rows.map(line)];
}
