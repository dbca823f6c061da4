/** One thing that is not as it should be, where it is, and the rule that says so. */
export interface Finding {
  /** From the repository's root, with forward slashes. */
  readonly file: string;
  /** Counted from 1; 0 means the whole file. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** As editors and terminals make it clickable. */
export function findingLine({ file, line, rule, message }: Finding): string {
  return `${file}${line > 0 ? `:${line}` : ""}  ${rule}  ${message}`;
}

/** Findings in the order of files and lines. */
export function sorted(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}
